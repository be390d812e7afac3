package dev.sampo.uring;

/// Receives completions from [IoUring#reap].
@FunctionalInterface
public interface CompletionHandler {
    /// Called once per completion, on the ring's thread. It may prepare and submit further requests; it may not call `reap`.
    ///
    /// @param userData what the submission carried, see [UserData]
    /// @param result bytes, a descriptor or 0, by operation; or a negated [Errno]
    /// @param flags `IoUring.CQE_*` bits; the buffer id in the upper half, see [BufferRing#bufferId]
    void complete(long userData, int result, int flags);
}
