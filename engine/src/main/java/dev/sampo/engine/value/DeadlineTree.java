package dev.sampo.engine.value;

/// The fields of a big hash that have deadlines: their [Element]s in the order of the deadlines, ties by reference. Whoever
/// lets an element move removes it here before and adds it again.
final class DeadlineTree extends Tree {
    private int sought;
    private boolean bound;

    DeadlineTree() {
        super(false, false);
    }

    /// Goes to an element, if it is there.
    ///
    /// @param deadlineMillis its deadline
    boolean find(long deadlineMillis, int ref) {
        sought = ref;
        bound = false;
        return seek(deadlineMillis);
    }

    /// Adds an element.
    void add(long deadlineMillis, int ref) {
        boolean there = find(deadlineMillis, ref);
        assert !there;
        insert(deadlineMillis, ref);
    }

    /// Takes an element, which is there, out.
    void remove(long deadlineMillis, int ref) {
        boolean there = find(deadlineMillis, ref);
        assert there;
        remove();
    }

    /// Number of elements whose deadline is before this moment. O(log size).
    long countBefore(long millis) {
        bound = true;
        seek(millis);
        return rank();
    }

    @Override
    protected int compare(int ref) {
        return bound ? -1 : Integer.compare(sought, ref);
    }

    @Override
    protected int order(int ref, int other) {
        return Integer.compare(ref, other);
    }
}
