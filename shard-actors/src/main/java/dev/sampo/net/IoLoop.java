package dev.sampo.net;

import java.util.function.BooleanSupplier;

/// The input and output side of a core's thread: a transport that is polled. Every method but [#wake] is called on that thread.
public interface IoLoop extends Transport {
    /// Opens the listeners and starts accepting; events go to `events`. Returns the port: the endpoint's, or the one the system chose.
    ///
    /// @throws java.io.UncheckedIOException with one clear line when an address cannot be bound
    int open(TransportEvents events, Endpoint endpoint);

    /// Reports what has happened; the number of events.
    int poll();

    /// The turn is over: memory of received bytes is reused, what was prepared is handed to the kernel.
    void endTurn();

    /// Waits for the next event or wake, at most `nanos`. `mayPark` is asked after the intention to park is visible to wakers.
    void park(BooleanSupplier mayPark, long nanos);

    /// Ends the park, now or as soon as it begins. Any thread.
    void wake();

    /// Gives everything back; connections that are open are cut.
    void close();
}
