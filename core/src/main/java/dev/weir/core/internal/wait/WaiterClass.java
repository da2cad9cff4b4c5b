package dev.weir.core.internal.wait;

import java.util.Objects;

/**
 * What a {@link WaiterOrder} goes by besides the time at which a waiter came. Each order looks at the part that it is
 * about, and ignores the other.
 *
 * @param priority from −1,000 to 1,000; higher goes first
 * @param tenant on whose behalf it waits; {@code ""} for nobody's
 */
public record WaiterClass(int priority, String tenant) {
    private static final int MAX_PRIORITY = 1_000;

    /** Priority 0, and no tenant. */
    public static final WaiterClass NONE = new WaiterClass(0, "");

    /**
     * Makes a class.
     *
     * @param priority from −1,000 to 1,000; higher goes first
     * @param tenant on whose behalf it waits; {@code ""} for nobody's
     * @throws IllegalArgumentException if {@code priority} is out of range
     */
    public WaiterClass {
        if (Math.abs((long) priority) > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority must be from -1000 to 1000, but is " + priority);
        }
        Objects.requireNonNull(tenant, "tenant");
    }

    /**
     * The same with another priority.
     *
     * @param its the priority
     * @return a new class
     * @throws IllegalArgumentException if {@code its} is out of range
     */
    public WaiterClass withPriority(int its) {
        return new WaiterClass(its, tenant);
    }

    /**
     * The same with another tenant.
     *
     * @param its the tenant
     * @return a new class
     */
    public WaiterClass withTenant(String its) {
        return new WaiterClass(priority, its);
    }
}
