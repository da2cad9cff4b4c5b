package dev.weir.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.PublicTypes;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(OpenTelemetryCarrier.class));
    }
}
