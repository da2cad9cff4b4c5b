package dev.weir.core.scope;

import java.util.ArrayList;
import java.util.List;
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

    /** A task that has not begun, or null if all have. */
    @Nullable
    ForkedTask<?> firstNotBegun() {
        ForkedTask<?> task = first;
        while (task != null && task.state != ForkedTask.State.NEW) {
            task = task.next;
        }
        return task;
    }

    /** How many tasks have begun, or have not. */
    int count(boolean begun) {
        int count = 0;
        for (ForkedTask<?> task = first; task != null; task = task.next) {
            count += (task.state != ForkedTask.State.NEW) == begun ? 1 : 0;
        }
        return count;
    }

    /** The threads of the tasks that have one. */
    List<Thread> threads() {
        List<Thread> threads = new ArrayList<>();
        for (ForkedTask<?> task = first; task != null; task = task.next) {
            Thread thread = task.guard.thread();
            if (thread != null) {
                threads.add(thread);
            }
        }
        return threads;
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
