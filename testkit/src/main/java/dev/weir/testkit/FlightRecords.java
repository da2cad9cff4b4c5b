package dev.weir.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What the JDK's flight recorder records of a piece of work. */
public final class FlightRecords {
    private FlightRecords() {}

    /** The events of one type that happen during the work, however short they are, as they began. */
    public static List<RecordedEvent> of(String type, Call.Body work) throws Exception {
        return record(recording -> recording.enable(type).withoutThreshold(), work).stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .toList();
    }

    /** Weir's events of all types that happen during the work, if nobody has enabled any. */
    public static List<RecordedEvent> byDefault(Call.Body work) throws Exception {
        return record(recording -> {}, work).stream()
                .filter(event -> event.getEventType().getName().startsWith("dev.weir."))
                .toList();
    }

    private static List<RecordedEvent> record(Consumer<Recording> settings, Call.Body work) throws Exception {
        try (Recording recording = new Recording()) {
            settings.accept(recording);
            recording.start();
            work.run();
            recording.stop();
            return read(recording);
        }
    }

    /** A file has the events of each thread in their order, and those of several threads in any. */
    private static List<RecordedEvent> read(Recording recording) throws IOException {
        Path file = Files.createTempFile("weir", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }
}
