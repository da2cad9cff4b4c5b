package dev.weir.core.internal;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The name of a part: given, or the part's kind with a number, such as {@code limiter-1}. The number is given when the
 * name is first asked for, so that parts which nobody names or prints cost nothing.
 *
 * <pre>
 *   no text --toString(), by compare-and-set--&gt; a text, for good
 * </pre>
 *
 * <p>The numbers are those of the process. They hold nothing of the parts.
 */
public final class Name {
    private static final VarHandle TEXT = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "text", VarHandle.class, Name.class, String.class);

    /** The last number of each kind: as many as there are kinds. */
    private static final ConcurrentHashMap<String, AtomicLong> NUMBERS = new ConcurrentHashMap<>();

    private final String kind;
    private volatile @Nullable String text;

    private Name(String kind, @Nullable String given) {
        this.kind = kind;
        this.text = given;
    }

    /**
     * A name.
     *
     * @param kind what kind of part has it: one of the few that the library has, in lower case
     * @param given what the builder was given, checked; null if nothing
     * @return the name
     */
    public static Name of(String kind, @Nullable String given) {
        return new Name(kind, given);
    }

    /**
     * A name that is going to be a number.
     *
     * @param kind what kind of part has it
     * @return the name
     */
    public static Name numbered(String kind) {
        return new Name(kind, null);
    }

    /**
     * Checks a name that a builder is given.
     *
     * @param name the name
     * @return the name
     * @throws IllegalArgumentException if it is blank
     */
    public static String checked(String name) {
        if (Objects.requireNonNull(name, "name").isBlank()) {
            throw new IllegalArgumentException("name must not be blank, but is \"" + name + "\"");
        }
        return name;
    }

    /**
     * The name itself.
     *
     * @return the same text each time
     */
    @Override
    public String toString() {
        String present = text;
        if (present == null) {
            // A thread that loses leaves a number out, which harms nobody.
            TEXT.compareAndSet(this, null, kind + "-" + nextNumber());
            present = Objects.requireNonNull(text);
        }
        return present;
    }

    private long nextNumber() {
        return NUMBERS.computeIfAbsent(kind, its -> new AtomicLong()).incrementAndGet();
    }
}
