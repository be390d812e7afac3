package dev.sampo.shard;

import dev.sampo.resp.OffHeap;
import java.util.Arrays;

/// The name of a channel or pattern as a map key. A *probe* is filled from off-heap bytes for a look-up and never stored.
final class Channel {
    private byte[] bytes;
    private int length;
    private int hash;

    Channel(byte[] bytes) {
        this.bytes = bytes;
        this.length = bytes.length;
        this.hash = hash(bytes, length);
    }

    /// A reusable probe.
    static Channel probe() {
        return new Channel(new byte[64]);
    }

    Channel fill(long address, int newLength) {
        if (newLength > bytes.length) {
            bytes = new byte[Integer.highestOneBit(newLength - 1) << 1];
        }
        OffHeap.copyTo(address, bytes, 0, newLength);
        length = newLength;
        hash = hash(bytes, newLength);
        return this;
    }

    /// A storable copy.
    Channel copy() {
        return new Channel(Arrays.copyOf(bytes, length));
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Channel channel && length == channel.length && Arrays.equals(bytes, 0, length, channel.bytes, 0, length);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    private static int hash(byte[] bytes, int length) {
        int h = 1;
        for (int i = 0; i < length; i++) {
            h = 31 * h + bytes[i];
        }
        return h;
    }
}
