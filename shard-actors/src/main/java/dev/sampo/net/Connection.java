package dev.sampo.net;

import dev.sampo.engine.Session;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.RequestLimits;
import dev.sampo.resp.RequestParser;
import java.nio.charset.StandardCharsets;

/// One client connection: its input, its output and the order of its replies. Owned by one core; an idle connection holds no buffers.
/// What the client is doing (transactions, subscriptions, ...) is its subclass's business.
///
/// Input is either *borrowed* (bytes where the transport received them, valid for this turn) or *kept* (a buffer of our own that holds an
/// incomplete request or the input of a connection that is suspended). `position` counts consumed bytes from the start of either.
public class Connection extends Session {
    /// What a client reads that connects when `maxclients` is reached.
    public static final byte[] REFUSED = "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.US_ASCII);

    /// The transport's name for the socket (a file descriptor, or an index of its own).
    public final int handle;
    /// Slot in the core's table of connections.
    public final int index;
    public final String remoteAddress;
    public final String localAddress;
    public final RequestParser parser;
    public final ReplyQueue replies;

    private final BufferPool pool;
    private OutputBuffer kept;
    private long borrowed;
    private long borrowedLength;
    private long position;

    private OutputBuffer output;
    private OutputBuffer sending;
    private long sentBytes;
    /// Output that may not leave yet; while there is any, what comes after it waits as well.
    private OutputBuffer waiting;
    /// Output that waited and may leave.
    private OutputBuffer due;

    /// Grows when the input is rewound: requests parsed ahead under an older epoch are void.
    public int epoch;
    /// In the core's list of connections with input.
    public boolean ready;
    /// In the core's list of connections with output.
    public boolean dirty;
    /// No further request is executed; the socket closes when the output has left.
    public boolean closing;
    /// The client sends nothing more.
    public boolean ended;
    /// The transport has reported the end.
    public boolean closed;
    public boolean readingPaused;

    /// Transport's state for this socket, of its own choosing.
    public Object transportState;

    protected Connection(long id, int index, int handle, String remoteAddress, String localAddress, BufferPool pool, RequestLimits limits) {
        super(id);
        this.index = index;
        this.handle = handle;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.pool = pool;
        this.parser = new RequestParser(limits);
        this.replies = new ReplyQueue(pool);
    }

    // ---- input ----

    /// Takes bytes that stay valid until the end of the turn.
    public void receive(long address, int length) {
        if (kept == null && borrowedLength == 0) {
            borrowed = address;
            borrowedLength = length;
            position = 0;
        } else {
            keep(length);
            kept.append(address, length);
        }
    }

    public long inputAddress() {
        return (kept != null ? kept.address() : borrowed) + position;
    }

    public long inputLength() {
        return (kept != null ? kept.size() : borrowedLength) - position;
    }

    /// Bytes of the buffer that keeps input; 0 while there is none.
    public long inputCapacity() {
        return kept == null ? 0 : kept.capacity();
    }

    /// Bytes consumed since the start of the current input; a mark for [#rewind].
    public long position() {
        return position;
    }

    public void consume(long bytes) {
        position += bytes;
    }

    /// Goes back to an earlier position of this turn; voids all requests parsed from there on. What the parser knows of an incomplete request behind them
    /// is forgotten too: the next request it sees is another one.
    public void rewind(long earlier) {
        position = earlier;
        epoch++;
        parser.close();
    }

    /// Called when the requests of this turn are done: borrowed bytes that are left are copied, used ones dropped.
    public void settle() {
        if (kept == null) {
            if (position < borrowedLength) {
                keep(0);
            } else {
                borrowedLength = 0;
                position = 0;
            }
        } else if (position == kept.size()) {
            pool.give(kept);
            kept = null;
            borrowedLength = 0;
            position = 0;
        } else if (position > kept.size() >> 1) {
            kept.dropFirst(position);
            position = 0;
        }
    }

    /// Makes room for a request known to be `total` bytes long, so that its buffer grows once.
    public void expect(long total) {
        if (kept != null && total > kept.size() - position) {
            kept.ensure(total - (kept.size() - position));
        }
    }


    private void keep(int extra) {
        if (kept == null) {
            kept = pool.take();
            long rest = borrowedLength - position;
            kept.ensure(rest + extra);
            if (rest > 0) {
                OffHeap.copy(borrowed + position, kept.reserve((int) rest), rest);
            }
            borrowedLength = 0;
            position = 0;
        }
    }

    // ---- output ----

    /// Where complete replies and pushes that are due now are appended.
    public OutputBuffer output() {
        if (output == null) {
            output = pool.take();
        }
        return output;
    }

    /// Where the reply of the next request in order is written: the output, or behind replies that are still awaited.
    public OutputBuffer nextReply() {
        return replies.isEmpty() ? output() : replies.held();
    }

    /// Ends a reply that was written to [#nextReply] from `start` on.
    public void endReply(long start) {
        if (!replies.isEmpty()) {
            replies.addHeld(start);
        }
    }

    /// Bytes that have not left: for limits and CLIENT LIST.
    public long outputBytes() {
        return size(output) + size(waiting) + size(due) + size(sending) - (sending == null ? 0 : sentBytes) + replies.heldBytes();
    }

    /// Bytes of the buffers that hold output; 0 while there are none.
    public long outputCapacity() {
        return capacity(output) + capacity(waiting) + capacity(due) + capacity(sending) + replies.heldBytes();
    }

    private static long size(OutputBuffer buffer) {
        return buffer == null ? 0 : buffer.size();
    }

    private static long capacity(OutputBuffer buffer) {
        return buffer == null ? 0 : buffer.capacity();
    }

    public boolean hasOutput() {
        return sending != null || due != null || waiting != null || output != null && !output.isEmpty();
    }

    /// Keeps the output from leaving, until [#letGo()]; false when there is none, or earlier output waits already.
    public boolean hold() {
        if (waiting != null || output == null || output.isEmpty()) {
            return false;
        }
        waiting = output;
        output = null;
        return true;
    }

    /// Whether output is kept from leaving.
    public boolean isHeld() {
        return waiting != null;
    }

    /// What was held may leave.
    public void letGo() {
        if (due == null) {
            due = waiting;
        } else {
            due.append(waiting.address(), Math.toIntExact(waiting.size()));
            pool.give(waiting);
        }
        waiting = null;
    }

    /// Moves the output that may leave into the send; false when there is none or a send is under way.
    public boolean beginSend() {
        if (sending != null) {
            return false;
        }
        if (due != null) {
            sending = due;
            due = null;
        } else if (waiting != null || output == null || output.isEmpty()) {
            return false;
        } else {
            sending = output;
            output = null;
        }
        sentBytes = 0;
        return true;
    }

    public boolean isSending() {
        return sending != null;
    }

    public long sendAddress() {
        return sending.address() + sentBytes;
    }

    public int sendLength() {
        return (int) Math.min(sending.size() - sentBytes, 1 << 30);
    }

    /// `bytes` have left; true when the whole send is done and its memory is free again.
    public boolean sent(long bytes) {
        sentBytes += bytes;
        if (sentBytes < sending.size()) {
            return false;
        }
        pool.give(sending);
        sending = null;
        return true;
    }

    /// Gives every buffer back; nothing may be in flight.
    public void release() {
        parser.close();
        replies.close();
        if (kept != null) {
            pool.give(kept);
            kept = null;
        }
        if (output != null) {
            pool.give(output);
            output = null;
        }
        if (waiting != null) {
            pool.give(waiting);
            waiting = null;
        }
        if (due != null) {
            pool.give(due);
            due = null;
        }
        if (sending != null) {
            pool.give(sending);
            sending = null;
        }
        borrowedLength = 0;
        position = 0;
    }
}
