package dev.sampo.net;

import dev.sampo.resp.OutputBuffer;
import java.util.ArrayDeque;

/// The reusable byte buffers of one core. An idle connection holds none.
public final class BufferPool {
    /// Larger buffers go back to the operating system instead of the pool.
    private static final long KEEP_BYTES = 64 << 10;
    private static final int KEEP_BUFFERS = 1024;

    private final ArrayDeque<OutputBuffer> free = new ArrayDeque<>();
    private int borrowed;

    public OutputBuffer take() {
        borrowed++;
        OutputBuffer buffer = free.pollLast();
        return buffer != null ? buffer : new OutputBuffer();
    }

    public void give(OutputBuffer buffer) {
        borrowed--;
        if (buffer.capacity() > KEEP_BYTES || free.size() >= KEEP_BUFFERS) {
            buffer.release();
        } else {
            buffer.clear();
            free.addLast(buffer);
        }
    }

    /// Buffers in use, for leak checks.
    public int borrowed() {
        return borrowed;
    }

    public void close() {
        free.forEach(OutputBuffer::release);
        free.clear();
    }
}
