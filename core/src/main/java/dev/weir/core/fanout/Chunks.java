package dev.weir.core.fanout;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The items of a source in lists of a fixed size, the last perhaps shorter. */
final class Chunks<T extends @Nullable Object> implements Iterator<List<T>> {
    private final Iterator<? extends T> items;
    private final int size;

    private Chunks(Iterator<? extends T> items, int size) {
        this.items = items;
        this.size = size;
    }

    /** A collection if the source is one, so that its size is known as well. */
    static <T extends @Nullable Object> Iterable<List<T>> of(Iterable<? extends T> source, int size) {
        if (source instanceof Collection<? extends T> all) {
            return new AbstractCollection<>() {
                @Override
                public Iterator<List<T>> iterator() {
                    return new Chunks<>(all.iterator(), size);
                }

                @Override
                public int size() {
                    return (int) (((long) all.size() + size - 1) / size);
                }
            };
        }
        return () -> new Chunks<>(source.iterator(), size);
    }

    @Override
    public boolean hasNext() {
        return items.hasNext();
    }

    @Override
    public List<T> next() {
        List<T> chunk = new ArrayList<>(Math.min(size, 1024));
        do {
            chunk.add(items.next());
        } while (chunk.size() < size && items.hasNext());
        return Collections.unmodifiableList(chunk);
    }
}
