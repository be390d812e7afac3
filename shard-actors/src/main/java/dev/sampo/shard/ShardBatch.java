package dev.sampo.shard;

import dev.sampo.engine.Tracker;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.net.Connection;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import java.util.ArrayList;
import java.util.List;

/// Requests of one core's connections for another core's shard, framed off heap. The same object travels back with the replies and is then reused,
/// so that forwarding allocates nothing.
///
/// Request frame: int frame bytes, int connection index, int connection id (low bits), int sequence, int command id, int db, int flags, int argument count,
/// long hash of the first key, then one int a length, then the arguments' bytes. Reply frame: int connection index, int connection id, int sequence, int length, bytes.
final class ShardBatch implements ShardMessage, AcceptorMessage {
    static final int REQUEST_HEADER = 40;
    static final int REPLY_HEADER = 16;
    static final int FLAG_RESP3 = 1;
    static final int FLAG_NO_TOUCH = 2;
    static final int FLAG_TRACKS = 4;
    /// From this bit on the flags hold the number of the request's [BlockedClient] in [#waiters], from 1; 0 = it cannot block.
    private static final int WAITER_SHIFT = 8;
    /// In the place of a reply's length: there is none yet, the client waits.
    static final int WAITS = -1;
    /// In the place of a reply's length: the client is gone and its request has not run.
    static final int VOID = -2;

    /// Larger buffers are not kept for reuse.
    private static final long KEEP_BYTES = 1 << 20;

    final int origin;
    final OutputBuffer requests = new OutputBuffer();
    final OutputBuffer replies = new OutputBuffer();
    /// Commands that took longer than the slow log allows, for the log of the core that asked.
    final List<SlowLog.Remote> slow = new ArrayList<>();
    /// Clients of requests that may block, in the order of the requests.
    final List<BlockedClient> waiters = new ArrayList<>();
    int target;
    int count;
    /// Clients of requests whose keys are to be remembered, in the order of the requests.
    final List<Tracker> trackers = new ArrayList<>();
    /// Those of them whose requests have been executed.
    int tracked;
    /// Requests that have been executed, and where the next one begins.
    int executed;
    long position;

    ShardBatch(int origin) {
        this.origin = origin;
    }

    /// @param waiter the client's wait if the command may block, else null
    /// @param tracker who wants to know when the keys change, or null
    void add(Connection connection, int sequence, CommandSpec spec, long hash, Args args, BlockedClient waiter, Tracker tracker) {
        int number = 0;
        if (waiter != null) {
            waiters.add(waiter);
            number = waiters.size();
        }
        if (tracker != null) {
            trackers.add(tracker);
        }
        int argumentCount = args.count();
        long bytes = 0;
        for (int i = 0; i < argumentCount; i++) {
            bytes += args.length(i);
        }
        long frame = REQUEST_HEADER + 4L * argumentCount + bytes;
        requests.ensure(frame);
        long at = requests.reserve((int) frame);
        OffHeap.putInt(at, (int) frame);
        OffHeap.putInt(at + 4, connection.index);
        OffHeap.putInt(at + 8, (int) connection.id());
        OffHeap.putInt(at + 12, sequence);
        OffHeap.putInt(at + 16, spec.id());
        OffHeap.putInt(at + 20, connection.db());
        OffHeap.putInt(at + 24, (connection.respVersion() == 3 ? FLAG_RESP3 : 0) | (connection.noTouch() ? FLAG_NO_TOUCH : 0) | (tracker == null ? 0 : FLAG_TRACKS) | number << WAITER_SHIFT);
        OffHeap.putInt(at + 28, argumentCount);
        OffHeap.putLong(at + 32, hash);
        long lengths = at + REQUEST_HEADER;
        long data = lengths + 4L * argumentCount;
        for (int i = 0; i < argumentCount; i++) {
            int length = args.length(i);
            OffHeap.putInt(lengths + 4L * i, length);
            OffHeap.copy(args.address(i), data, length);
            data += length;
        }
        count++;
    }

    /// Adds the arguments of the request frame at `frame` to `args` as one request and returns its base.
    static int arguments(long frame, Args args) {
        int base = args.begin();
        int argumentCount = argumentCount(frame);
        long lengths = frame + REQUEST_HEADER;
        long data = lengths + 4L * argumentCount;
        for (int i = 0; i < argumentCount; i++) {
            int length = OffHeap.getInt(lengths + 4L * i);
            args.add(data, length);
            data += length;
        }
        return base;
    }

    static int frameBytes(long frame) {
        return OffHeap.getInt(frame);
    }

    static int connectionIndex(long frame) {
        return OffHeap.getInt(frame + 4);
    }

    /// The low bits.
    static int connectionId(long frame) {
        return OffHeap.getInt(frame + 8);
    }

    static int command(long frame) {
        return OffHeap.getInt(frame + 16);
    }

    static int db(long frame) {
        return OffHeap.getInt(frame + 20);
    }

    static int flags(long frame) {
        return OffHeap.getInt(frame + 24);
    }

    /// Whose wait it would be if the request at `frame` blocked; null if it cannot.
    BlockedClient waiter(long frame) {
        int number = flags(frame) >>> WAITER_SHIFT;
        return number == 0 ? null : waiters.get(number - 1);
    }

    static int argumentCount(long frame) {
        return OffHeap.getInt(frame + 28);
    }

    static long hash(long frame) {
        return OffHeap.getLong(frame + 32);
    }

    /// Starts the reply to `request`; the reply's bytes are then written to [#replies]. Returns the mark for [#endReply].
    long beginReply(long request) {
        long header = replies.reserve(REPLY_HEADER);
        OffHeap.putInt(header, OffHeap.getInt(request + 4));
        OffHeap.putInt(header + 4, OffHeap.getInt(request + 8));
        OffHeap.putInt(header + 8, OffHeap.getInt(request + 12));
        return replies.size();
    }

    void endReply(long mark) {
        OffHeap.putInt(replies.address() + mark - 4, Math.toIntExact(replies.size() - mark));
    }

    /// Ends a reply that is none: [#WAITS] or [#VOID].
    void endReply(long mark, int instead) {
        replies.truncate(mark);
        OffHeap.putInt(replies.address() + mark - 4, instead);
    }

    void recycle() {
        count = 0;
        executed = 0;
        position = 0;
        waiters.clear();
        trackers.clear();
        tracked = 0;
        slow.clear();
        keepOrRelease(requests);
        keepOrRelease(replies);
    }

    void release() {
        requests.release();
        replies.release();
    }

    private static void keepOrRelease(OutputBuffer buffer) {
        if (buffer.capacity() > KEEP_BYTES) {
            buffer.release();
        } else {
            buffer.clear();
        }
    }
}
