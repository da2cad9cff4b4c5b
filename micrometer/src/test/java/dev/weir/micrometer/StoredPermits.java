package dev.weir.micrometer;

import dev.weir.ratelimit.remote.RemoteBuckets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;

/** A store that has always enough, and answers in a thread of its own. */
final class StoredPermits implements RemoteBuckets {
    private static Answer granted(long permits) {
        return new Answer(permits, Duration.ZERO, 1_000, Duration.ZERO);
    }

    @Override
    public CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] permits, boolean inOrder, long ahead) {
        LongStream all =
                ahead == 0 ? Arrays.stream(permits) : LongStream.concat(Arrays.stream(permits), LongStream.of(ahead));
        List<Answer> answers = all.mapToObj(StoredPermits::granted).toList();
        return CompletableFuture.supplyAsync(() -> answers);
    }

    private static CompletionStage<Answer> answer(long permits) {
        return CompletableFuture.supplyAsync(() -> granted(permits));
    }

    @Override
    public CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
        return answer(most);
    }

    @Override
    public CompletionStage<Answer> peek(List<Bucket> buckets, long permits) {
        return answer(0);
    }

    @Override
    public CompletionStage<Answer> refund(List<Bucket> buckets, long permits) {
        return answer(0);
    }

    @Override
    public CompletionStage<Answer> charge(List<Bucket> buckets, long permits) {
        return answer(0);
    }

    @Override
    public void checkKeys(List<String> keys) {
        // any number
    }
}
