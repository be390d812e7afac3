package dev.sampo.engine;

/// What a driver does for waiters whose turn has come.
public interface WaiterDriver {
    /// Runs the request again by [CommandContext#rerun(Waiter, dev.sampo.resp.ReplyWriter)], after selecting its shards,
    /// all of which are at hand, and delivers the answer.
    ///
    /// @return whether there was one; else the wait goes on
    boolean rerun(Waiter waiter);

    /// The waiter's turn has come, but its shards are not all at hand: whoever is told to must get hold of them and then
    /// call [CommandContext#turnOf(Waiter)]. Its keys are claimed until then.
    void summon(Waiter waiter);
}
