package dev.sampo.engine.value;

/// The tree of a big sorted set's elements by score, ties by the bytes of the members. It refers to the same [Element]s as
/// the set's [MemberTree].
public final class ScoreTree extends Tree {
    private static final int FIND = 0;
    private static final int BEFORE = -1;
    private static final int AFTER = 1;

    /// What an equal member is: found, or before or after the bound that is sought.
    private int tie;
    private boolean anyMember;
    private long sought;
    private int soughtLength;

    public ScoreTree() {
        super(false, false);
    }

    /// Goes to the place of a member with this score; returns whether it is there.
    public boolean find(double score, long member, int memberLength) {
        sought = member;
        soughtLength = memberLength;
        anyMember = false;
        tie = FIND;
        return seek(ofDouble(score));
    }

    /// Goes before the first element whose score is at least this one or, if `after`, above it.
    public void seekScore(double score, boolean after) {
        anyMember = true;
        tie = after ? AFTER : BEFORE;
        seek(ofDouble(score));
    }

    /// Goes before the first element of this score or a higher one that is not before these bytes or, if `after`, comes after
    /// them.
    public void seekMember(double score, long member, int memberLength, boolean after) {
        sought = member;
        soughtLength = memberLength;
        anyMember = false;
        tie = after ? AFTER : BEFORE;
        seek(ofDouble(score));
    }

    /// Adds an element for the score and member that were not found last.
    public void add(int ref, double score) {
        insert(ofDouble(score), ref);
    }

    /// The current element's address.
    public long element() {
        return blocks().address(ref());
    }

    /// The current element's score; a negative zero is a zero here.
    public double score() {
        return toDouble(key());
    }

    @Override
    protected int compare(int ref) {
        if (anyMember) {
            return tie;
        }
        int order = Element.compare(sought, soughtLength, blocks().address(ref));
        return order == 0 ? tie : order;
    }

    @Override
    protected int order(int ref, int other) {
        long e = blocks().address(ref);
        return Element.compare(Element.memberAddress(e), Element.memberLength(e), blocks().address(other));
    }
}
