package dev.weir.pipeline;

/**
 * Where a {@link Pipeline} puts elements, all of one or nothing. For each element, usually a batch, it is begun, given
 * the element, and committed; if one of the three throws, it is rolled back, and what was thrown goes the way of the
 * stage's {@link ErrorPolicy}. If the pipeline is aborted meanwhile, the thread is interrupted, and whatever that makes
 * throw leads to the roll-back, too. With a timeout, begin, write and commit run on a virtual thread of their own.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="transactional"}
 *
 * <p><b>Thread-safety.</b> Called for one thread at a time, though not always the same. <b>Blocking.</b> It may block.
 * <b>Interruption.</b> An abort interrupts it, except in the roll-back. <b>Fairness.</b> None is needed. <b>Memory
 * effects.</b> What one call does happens-before the next.
 *
 * @param <T> the type of the elements
 */
public interface TransactionalSink<T> {
    /**
     * Begins a transaction.
     *
     * @throws Exception if it cannot begin; nothing is rolled back then
     */
    void begin() throws Exception;

    /**
     * Puts the element.
     *
     * @param element the element
     * @throws Exception if it cannot
     */
    void write(T element) throws Exception;

    /**
     * Makes what was written permanent.
     *
     * @throws Exception if it does not
     */
    void commit() throws Exception;

    /**
     * Undoes what was written since the transaction began. No interrupt of the pipeline or of its timeout reaches this.
     *
     * @throws Exception if it cannot; suppressed in what made the roll-back necessary, and logged at ERROR. An Error
     *     fails the pipeline
     */
    void rollback() throws Exception;

    /**
     * Called once, when the pipeline has ended, however it did.
     *
     * @throws Exception if that fails, which fails the pipeline
     */
    default void close() throws Exception {}
}
