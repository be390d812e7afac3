package dev.sampo.engine.value;

import dev.sampo.engine.Rng;
import dev.sampo.engine.keyspace.KeyHash;

/// The tree of a big set's or hash's elements, or of a sorted set's by member: [Element]s in the order of their members'
/// [KeyHash], ties by bytes. The order does not change with the number of elements, so a walk can be resumed at a hash, and
/// an element of random rank is a random element.
public final class MemberTree extends Tree {
    /// A cursor of a walk is this much of a hash: 53 bits, which every client can hold.
    private static final int CURSOR_SHIFT = 11;
    private static final int BOUND = -1;

    private long sought;
    /// [#BOUND] = the place before all members with the hash is sought.
    private int soughtLength;

    public MemberTree() {
        super(false, true);
    }

    /// Goes to the place of a member with this [KeyHash]; returns whether it is there.
    public boolean find(long member, int memberLength, long hash) {
        sought = member;
        soughtLength = memberLength;
        return seek(ofUnsigned(hash));
    }

    /// Adds an element for the member that was not found last.
    public void add(int ref, long hash) {
        insert(ofUnsigned(hash), ref);
    }

    /// The current element's address.
    public long element() {
        return blocks().address(ref());
    }

    /// The hash of the current element's member.
    public long hash() {
        return ofUnsigned(key());
    }

    /// Goes to an element, every one with the same probability; there must be one.
    public void random(Rng rng) {
        long n = weight();
        seekRank(n <= Integer.MAX_VALUE ? rng.nextInt((int) n) : Long.remainderUnsigned(rng.nextLong(), n));
    }

    /// Goes on with a walk: visits about `count` elements and returns the cursor to go on with, 0 at the end. An element that
    /// is there from the call with cursor 0 to the one that returns 0 is visited; it is visited once, unless it goes and comes
    /// back. Any cursor is safe.
    public long scan(long cursor, long count, RefVisitor visitor) {
        soughtLength = BOUND;
        seek(ofUnsigned(cursor << CURSOR_SHIFT));
        long visited = 0;
        long prefix = -1;
        for (boolean more = hasItem(); more; more = next()) {
            long next = hash() >>> CURSOR_SHIFT;
            if (visited >= count && next != prefix) {
                return next;
            }
            prefix = next;
            visitor.visit(ref());
            visited++;
        }
        return 0;
    }

    @Override
    protected int compare(int ref) {
        if (soughtLength == BOUND) {
            return -1;
        }
        long e = blocks().address(ref);
        return Element.hasMember(e, sought, soughtLength) ? 0 : Element.compare(sought, soughtLength, e);
    }

    @Override
    protected int order(int ref, int other) {
        long e = blocks().address(ref);
        return Element.compare(Element.memberAddress(e), Element.memberLength(e), blocks().address(other));
    }
}
