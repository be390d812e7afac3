package dev.sampo.shard;

import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;

/// Messages published on one core for subscribers of another: framed off heap, delivered and freed by the receiver.
/// Frame: int kind, int channel length, int message length, channel, message.
final class PublishBatch implements AcceptorMessage {
    static final int HEADER = 12;

    final OutputBuffer frames = new OutputBuffer();
    int count;

    void add(int kind, long channel, int channelLength, long message, int messageLength) {
        long at = frames.reserve(HEADER + channelLength + messageLength);
        OffHeap.putInt(at, kind);
        OffHeap.putInt(at + 4, channelLength);
        OffHeap.putInt(at + 8, messageLength);
        OffHeap.copy(channel, at + HEADER, channelLength);
        OffHeap.copy(message, at + HEADER + channelLength, messageLength);
        count++;
    }
}
