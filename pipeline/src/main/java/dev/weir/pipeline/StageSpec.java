package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a stage is to do, and which ones come before it. Stages are joined by their types where they are declared, and
 * forget them here. Immutable but for {@link #with}, which changes a copy before anybody else has seen it.
 */
final class StageSpec implements Cloneable {
    static final int BUFFER = 16;

    enum Kind {
        SOURCE,
        MAP,
        FILTER,
        FLAT_MAP,
        TAKE,
        BATCH,
        WINDOW,
        BROADCAST,
        PARTITION,
        BALANCE,
        SINK
    }

    /** The order in which a stage with several workers passes on. */
    enum Order {
        UNORDERED,
        ORDERED,
        BY_KEY
    }

    /** One way out of a stage; only those that split have more than one. */
    record Outlet(StageSpec from, int index) {}

    final Kind kind;
    final List<Outlet> inputs;
    String name;

    /** From an element to its result, by the kind; a source's, a batch's and a window's is not called. */
    ThrowingFunction<Object, @Nullable Object, ?> function = element -> element;

    ThrowingFunction<Object, @Nullable Object, ?> key = element -> element;
    int workers = 1;

    /** Whether it may have several workers, so that their number can be changed. */
    boolean parallel;

    Order order = Order.UNORDERED;
    int outlets = 1;
    int buffer = BUFFER;
    ErrorPolicy policy = ErrorPolicy.failFast();
    boolean platform;

    @Nullable
    Duration timeout;

    /** Runs the stage's function, if there is one. */
    @Nullable
    Executor executor;

    /**
     * How many elements a batch has or what it weighs, how long it waits or a window is, and how far apart windows
     * begin.
     */
    long batchSize;

    long sizeNanos;
    long slideNanos;

    @Nullable
    Iterable<?> elements;

    /** Whether the elements are {@link Carried}. */
    boolean carried;

    /** Read instead of the elements, if there is one. */
    @Nullable
    Stream<?> stream;

    /** Takes the elements instead of the function, if there is one. */
    @Nullable
    TransactionalSink<Object> transactional;

    @Nullable
    ThrowingConsumer<Object, ?> acknowledge;

    /** How many elements the stage takes before it has enough; none for a stage that never has. */
    long limit = Long.MAX_VALUE;

    /** The weight of an element of a batch, whose size is then a weight. */
    @Nullable
    ToLongFunction<Object> weigher;

    /** Whether the stage calls a function of the user, which may fail or take long. */
    boolean callsFunction;

    /** Whether the user has given the name, so that no other stage may have it. */
    boolean named;

    /** What the user gave, to be closed at the end if it can be. */
    @Nullable
    Object resource;

    StageSpec(Kind kind, String name, List<Outlet> inputs) {
        this.kind = kind;
        this.name = Objects.requireNonNull(name, "name");
        this.inputs = List.copyOf(inputs);
    }

    @SuppressWarnings("unchecked") // the stages before give what this one takes
    static <A> ThrowingFunction<Object, @Nullable Object, ?> untyped(
            ThrowingFunction<A, ? extends @Nullable Object, ?> function) {
        return (ThrowingFunction<Object, @Nullable Object, ?>) function;
    }

    boolean splits() {
        return kind == Kind.BROADCAST || kind == Kind.PARTITION || kind == Kind.BALANCE;
    }

    /** What may have to be closed. */
    List<Object> resources() {
        return resource == null ? List.of(key) : List.of(resource, key);
    }

    /** A copy with a change, made before anybody else has seen it. */
    StageSpec with(Consumer<StageSpec> change) {
        StageSpec copy = clone();
        change.accept(copy);
        return copy;
    }

    @Override
    protected StageSpec clone() {
        try {
            return (StageSpec) super.clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
