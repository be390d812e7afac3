package dev.sampo.net;

/// What a transport has done since the start. Written by the core's thread, read by anybody (a reader may see a slightly old value).
public final class TransportCounters {
    public long accepted;
    public long received;
    public long receivedBytes;
    public long sent;
    public long sentBytes;
    public long outOfBuffers;
    public long enters;
    public long parks;
    public long wakes;
}
