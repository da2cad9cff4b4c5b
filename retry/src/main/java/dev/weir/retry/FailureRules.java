package dev.weir.retry;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;

/** Which failures are retried. Filled while a policy is built, and copied and read only from then on. */
final class FailureRules {
    private final List<Class<? extends Throwable>> retryOn;
    private final List<Class<? extends Throwable>> retryOnCause;
    private final List<Predicate<? super Throwable>> retryIf;
    private final List<Class<? extends Throwable>> abortOn;
    private final List<Class<? extends Throwable>> abortOnCause;
    private final List<Predicate<? super Throwable>> abortIf;

    FailureRules() {
        retryOn = new ArrayList<>();
        retryOnCause = new ArrayList<>();
        retryIf = new ArrayList<>();
        abortOn = new ArrayList<>();
        abortOnCause = new ArrayList<>();
        abortIf = new ArrayList<>();
    }

    private FailureRules(FailureRules from) {
        retryOn = List.copyOf(from.retryOn);
        retryOnCause = List.copyOf(from.retryOnCause);
        retryIf = List.copyOf(from.retryIf);
        abortOn = List.copyOf(from.abortOn);
        abortOnCause = List.copyOf(from.abortOnCause);
        abortIf = List.copyOf(from.abortIf);
    }

    FailureRules copy() {
        return new FailureRules(this);
    }

    private static boolean isNeverRetried(Class<? extends Throwable> type) {
        return Error.class.isAssignableFrom(type)
                || InterruptedException.class.isAssignableFrom(type)
                || CancellationException.class.isAssignableFrom(type);
    }

    void retryOn(List<Class<? extends Throwable>> types) {
        for (Class<? extends Throwable> type : types) {
            if (isNeverRetried(type)) {
                throw new IllegalArgumentException("types must not contain " + type.getName()
                        + ", because no Error, InterruptedException or CancellationException is ever retried");
            }
        }
        retryOn.addAll(types);
    }

    void retryOnCause(List<Class<? extends Throwable>> types) {
        retryOnCause.addAll(types);
    }

    void retryIf(Predicate<? super Throwable> predicate) {
        retryIf.add(Objects.requireNonNull(predicate, "predicate"));
    }

    void abortOn(List<Class<? extends Throwable>> types) {
        abortOn.addAll(types);
    }

    void abortOnCause(List<Class<? extends Throwable>> types) {
        abortOnCause.addAll(types);
    }

    void abortIf(Predicate<? super Throwable> predicate) {
        abortIf.add(Objects.requireNonNull(predicate, "predicate"));
    }

    /**
     * Whether the failure is one to retry. Types and predicates are asked about the failure and, if it is a wrapper,
     * about what {@linkplain Causes#decisive it holds}. Throws what a predicate throws.
     */
    boolean retries(Throwable failure) {
        Throwable decisive = Causes.decisive(failure);
        if (endsCall(failure, decisive)
                || isOne(abortOn, failure, decisive)
                || hasCause(abortOnCause, failure)
                || satisfies(abortIf, failure, decisive)) {
            return false;
        }
        if (failure instanceof AttemptTimeoutException) {
            return true; // a policy that limits an attempt wants another one
        }
        return (retryOn.isEmpty() && retryOnCause.isEmpty() && retryIf.isEmpty())
                || isOne(retryOn, failure, decisive)
                || hasCause(retryOnCause, failure)
                || satisfies(retryIf, failure, decisive);
    }

    /**
     * Whether a failure asks the task to end or leaves no other choice: a cancellation that is no time limit, an Error,
     * both also in wrappers of the JDK; and an interrupt, also as a cause, since what has wrapped it has used it up.
     */
    static boolean endsCall(Throwable failure) {
        return endsCall(failure, Causes.decisive(failure));
    }

    private static boolean endsCall(Throwable failure, Throwable decisive) {
        return isNeverRetried(decisive.getClass()) || Causes.anyMatch(failure, InterruptedException.class::isInstance);
    }

    private static boolean isOne(List<Class<? extends Throwable>> types, Throwable failure, Throwable decisive) {
        return isOne(types, failure) || (decisive != failure && isOne(types, decisive));
    }

    private static boolean isOne(List<Class<? extends Throwable>> types, Throwable failure) {
        for (Class<? extends Throwable> type : types) {
            if (type.isInstance(failure)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasCause(List<Class<? extends Throwable>> types, Throwable failure) {
        return !types.isEmpty() && Causes.anyMatch(failure, cause -> isOne(types, cause));
    }

    private static boolean satisfies(
            List<Predicate<? super Throwable>> predicates, Throwable failure, Throwable decisive) {
        for (Predicate<? super Throwable> predicate : predicates) {
            if (predicate.test(failure) || (decisive != failure && predicate.test(decisive))) {
                return true;
            }
        }
        return false;
    }
}
