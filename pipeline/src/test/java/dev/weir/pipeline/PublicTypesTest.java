package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.batch.Batcher;
import dev.weir.batch.BatcherBuilder;
import dev.weir.channel.Channel;
import dev.weir.channel.ChannelBuilder;
import dev.weir.channel.Inlet;
import dev.weir.channel.Select;
import dev.weir.core.Deadline;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.NullArguments;
import dev.weir.testkit.PublicTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(Pipeline.class));
    }

    @Test
    void every_method_refuses_null_and_names_it() throws Exception {
        List<StageDefaults> defaults = new ArrayList<>();
        Pipeline<Object> pipeline = Pipeline.from(List.<Object>of()).defaults(some -> {
            defaults.add(some);
            return some;
        });
        try (RunningPipeline running =
                Pipeline.from(List.of(1)).to("sink", some -> {}).start()) {
            Channel<Object> channel = Channel.bounded(1);
            NullArguments nulls = new NullArguments(Pipeline.class)
                    .sample(TimeSource.class, TimeSource.system())
                    .sample(Deadline.class, Deadline.never())
                    .sample(Channel.class, channel)
                    .sample(Carried.class, Carried.of(1))
                    .sample(ChannelBuilder.class, Channel.builder(1))
                    .sample(Inlet.class, channel.inlet(1, wanted -> {}))
                    .sample(Select.class, new Select<>())
                    .sample(ErrorPolicy.class, ErrorPolicy.skip())
                    .sample(StageDefaults.class, defaults.get(0))
                    .sample(Pipeline.class, pipeline)
                    .sample(Pipeline.Complete.class, Pipeline.from(List.of(1)).to("sink", some -> {}))
                    .sample(Split.class, Pipeline.from(List.of(1)).broadcast())
                    .sample(BatcherBuilder.class, Batcher.builder(items -> items))
                    .sample(Batcher.class, Batcher.builder(items -> items).build())
                    .sample(RunningPipeline.class, running);
            assertEquals(Map.of(), nulls.takenOrNotNamed());
        }
    }

    @Test
    void every_record_refuses_null_and_names_it() throws Exception {
        assertEquals(List.of(), PublicTypes.recordComponentsThatTakeNull(Pipeline.class));
    }
}
