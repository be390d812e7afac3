package dev.sampo.resp;

/// The protocol versions a connection can speak, as HELLO names them.
public final class RespVersion {
    public static final int RESP2 = 2;
    public static final int RESP3 = 3;

    private RespVersion() {
    }
}
