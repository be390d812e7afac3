package dev.sampo.net;

/// What the stream of one socket tells the core's thread. Events of one socket arrive in the order they happened; [Opened] is
/// the first, [Closed] the last.
sealed interface StreamEvent {
    StreamSocket socket();

    /// The stream runs and reads.
    record Opened(StreamSocket socket) implements StreamEvent { }

    /// Bytes came in; the array is the receiver's.
    record Received(StreamSocket socket, byte[] bytes) implements StreamEvent { }

    /// The client sends nothing more.
    record Ended(StreamSocket socket) implements StreamEvent { }

    /// What was given to the stream is in the kernel's hands.
    record Sent(StreamSocket socket) implements StreamEvent { }

    /// The stream has ended, for whatever reason.
    record Closed(StreamSocket socket) implements StreamEvent { }
}
