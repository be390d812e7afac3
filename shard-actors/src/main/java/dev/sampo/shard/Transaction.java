package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.net.BufferPool;
import dev.sampo.resp.Args;
import dev.sampo.resp.OutputBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The commands a client has queued since MULTI, and how far EXEC has come. Arguments are copied off heap.
final class Transaction {
    private final BufferPool pool;
    private final List<CommandSpec> specs = new ArrayList<>();
    private int[] firstArgument = new int[8];
    private long[] offset = new long[32];
    private int[] length = new int[32];
    private int arguments;
    private OutputBuffer data;

    /// A command was refused while queueing: EXEC answers EXECABORT.
    boolean aborted;
    /// Next command of a running EXEC, -1 when none runs.
    int position = -1;
    /// Replies of a running EXEC.
    OutputBuffer replies;

    Transaction(BufferPool pool) {
        this.pool = pool;
    }

    int size() {
        return specs.size();
    }

    CommandSpec spec(int i) {
        return specs.get(i);
    }

    long bytes() {
        return data == null ? 0 : data.size();
    }

    void queue(CommandSpec spec, Args args) {
        int i = specs.size();
        specs.add(spec);
        if (i + 1 >= firstArgument.length) {
            firstArgument = Arrays.copyOf(firstArgument, firstArgument.length * 2);
        }
        if (data == null) {
            data = pool.take();
        }
        int count = args.count();
        if (arguments + count > offset.length) {
            int capacity = Math.max(arguments + count, offset.length * 2);
            offset = Arrays.copyOf(offset, capacity);
            length = Arrays.copyOf(length, capacity);
        }
        for (int k = 0; k < count; k++) {
            offset[arguments] = data.size();
            length[arguments] = args.length(k);
            data.append(args.address(k), args.length(k));
            arguments++;
        }
        firstArgument[i + 1] = arguments;
    }

    /// Selects the arguments of queued command `i` in `args`, whose content is replaced.
    void select(int i, Args args) {
        args.clear();
        int base = args.begin();
        long address = data.address();
        for (int k = firstArgument[i]; k < firstArgument[i + 1]; k++) {
            args.add(address + offset[k], length[k]);
        }
        args.view(base, firstArgument[i + 1] - firstArgument[i]);
    }

    boolean isExecuting() {
        return position >= 0;
    }

    void begin() {
        position = 0;
        replies = pool.take();
    }

    /// Forgets everything; the object can be used for the next MULTI.
    void clear() {
        specs.clear();
        arguments = 0;
        aborted = false;
        position = -1;
        if (data != null) {
            pool.give(data);
            data = null;
        }
        if (replies != null) {
            pool.give(replies);
            replies = null;
        }
        if (offset.length > 1024) {
            offset = new long[32];
            length = new int[32];
        }
    }
}
