package dev.weir.core.scope;

import org.jspecify.annotations.Nullable;

/**
 * Tasks of a scope, linked through themselves, so that adding one allocates nothing. A task is in one list at a time,
 * and keeps no link when it is taken out, as its user may keep it for long. Guarded by the scope's lock.
 */
final class TaskList {
    private @Nullable ForkedTask<?> first;

    boolean isEmpty() {
        return first == null;
    }

    @Nullable
    ForkedTask<?> first() {
        return first;
    }

    /** Adds a task in front of the others. */
    void add(ForkedTask<?> task) {
        ForkedTask<?> head = first;
        task.next = head;
        if (head != null) {
            head.previous = task;
        }
        first = task;
    }

    void remove(ForkedTask<?> task) {
        ForkedTask<?> before = task.previous;
        ForkedTask<?> after = task.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        task.previous = null;
        task.next = null;
    }

    /** Takes the first task out, or returns null if there is none. */
    @Nullable
    ForkedTask<?> poll() {
        ForkedTask<?> task = first;
        if (task != null) {
            remove(task);
        }
        return task;
    }
}
