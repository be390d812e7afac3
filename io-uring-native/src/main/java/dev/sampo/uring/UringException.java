package dev.sampo.uring;

/// The kernel refused to create a ring or one of its parts.
///
/// Thrown while setting up only; running requests report errors as completion results.
public final class UringException extends RuntimeException {
    private final int errno;

    UringException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    /// The positive [Errno] behind it.
    public int errno() {
        return errno;
    }
}
