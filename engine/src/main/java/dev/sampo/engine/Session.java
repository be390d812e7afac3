package dev.sampo.engine;

import dev.sampo.resp.RespVersion;

/// What the engine has to know of a client. A connection extends it; so do drivers without sockets. Owned by one
/// thread, the one that runs the client's commands.
public abstract class Session {
    private final long id;
    private int db;
    private int respVersion = RespVersion.RESP2;
    private boolean noTouch;

    /// @param id positive, unique within the process
    protected Session(long id) {
        this.id = id;
    }

    /// The same client as another session is at this moment.
    protected Session(Session other) {
        id = other.id;
        db = other.db;
        respVersion = other.respVersion;
        noTouch = other.noTouch;
    }

    /// What CLIENT ID says.
    public final long id() {
        return id;
    }

    /// The id of the client that the commands come from: as [#id()], unless this stands for another core's client.
    public long client() {
        return id;
    }

    /// The selected logical database.
    public final int db() {
        return db;
    }

    public final void db(int db) {
        this.db = db;
    }

    /// The protocol replies are written in, a constant of [RespVersion].
    public final int respVersion() {
        return respVersion;
    }

    public final void respVersion(int version) {
        respVersion = version;
    }

    /// Whether this client's reads leave access times and frequencies alone (CLIENT NO-TOUCH).
    public final boolean noTouch() {
        return noTouch;
    }

    public final void noTouch(boolean noTouch) {
        this.noTouch = noTouch;
    }
}
