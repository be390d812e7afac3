package dev.sampo.net;

import dev.sampo.resp.OutputBuffer;

/// Puts the replies of one connection back into request order.
///
/// A request whose reply is made elsewhere takes a slot; replies that are ready behind a waiting slot are held here. Slots leave at the head only,
/// so a client sees replies in the order of its requests whichever shards made them. While nothing waits the queue is empty and replies are
/// written straight into the connection's output.
public final class ReplyQueue {
    private static final int WAITING = -1;
    private static final int DISCARDED = -2;
    private static final int INITIAL_SLOTS = 16;
    private static final long COMPACT_BYTES = 64 << 10;

    private final BufferPool pool;
    /// Ring of slots, `head` to `tail` (sequence numbers, unbounded; slot = sequence & mask).
    private int[] length = new int[INITIAL_SLOTS];
    private long[] offset = new long[INITIAL_SLOTS];
    private int head;
    private int tail;
    private OutputBuffer held;
    /// Size at which dead bytes in front of the held ones are looked for; doubles with what lives, so that the cost stays linear.
    private long compactAt = COMPACT_BYTES;

    public ReplyQueue(BufferPool pool) {
        this.pool = pool;
    }

    public boolean isEmpty() {
        return head == tail;
    }

    public int size() {
        return tail - head;
    }

    public long heldBytes() {
        return held == null ? 0 : held.size();
    }

    /// Takes the next slot for a reply that will come later; `discard` drops it when it comes (CLIENT REPLY OFF or SKIP).
    public int await(boolean discard) {
        return push(discard ? DISCARDED : WAITING, 0);
    }

    /// Where a reply that is ready now, but must wait for earlier ones, is written; follow with [#addHeld].
    public OutputBuffer held() {
        if (held == null) {
            held = pool.take();
        }
        return held;
    }

    /// Takes a slot for the bytes that were appended to [#held] from `start` on.
    public void addHeld(long start) {
        push((int) (held.size() - start), start);
    }

    /// Brings the reply of an awaited slot; appends to `output` whatever has become due.
    public void complete(int sequence, long address, int replyLength, OutputBuffer output) {
        int slot = sequence & length.length - 1;
        boolean discarded = length[slot] == DISCARDED;
        if (sequence == head) {
            if (!discarded) {
                output.append(address, replyLength);
            }
            head++;
            drain(output);
        } else if (discarded) {
            length[slot] = 0;
        } else {
            long start = held().size();
            held.append(address, replyLength);
            length[slot] = replyLength;
            offset[slot] = start;
        }
    }

    public void close() {
        head = tail;
        releaseHeld();
    }

    private void drain(OutputBuffer output) {
        int mask = length.length - 1;
        while (head != tail && length[head & mask] >= 0) {
            int slot = head & mask;
            if (length[slot] > 0) {
                output.append(held.address() + offset[slot], length[slot]);
            }
            head++;
        }
        if (head == tail) {
            releaseHeld();
        } else if (held != null && held.size() > compactAt) {
            compact();
        }
    }

    /// Drops held bytes that have left. Slots are filled in any order, so the first live byte is the least offset of all held slots.
    private void compact() {
        int mask = length.length - 1;
        long first = held.size();
        for (int sequence = head; sequence != tail; sequence++) {
            if (length[sequence & mask] > 0) {
                first = Math.min(first, offset[sequence & mask]);
            }
        }
        held.dropFirst(first);
        for (int sequence = head; sequence != tail; sequence++) {
            offset[sequence & mask] -= first;
        }
        compactAt = Math.max(COMPACT_BYTES, held.size() * 2);
    }

    private void releaseHeld() {
        if (held != null) {
            pool.give(held);
            held = null;
        }
    }

    private int push(int slotLength, long slotOffset) {
        if (tail - head == length.length) {
            grow();
        }
        int slot = tail & length.length - 1;
        length[slot] = slotLength;
        offset[slot] = slotOffset;
        return tail++;
    }

    private void grow() {
        int size = length.length;
        int[] newLength = new int[size * 2];
        long[] newOffset = new long[size * 2];
        for (int sequence = head; sequence != tail; sequence++) {
            newLength[sequence & size * 2 - 1] = length[sequence & size - 1];
            newOffset[sequence & size * 2 - 1] = offset[sequence & size - 1];
        }
        length = newLength;
        offset = newOffset;
    }
}
