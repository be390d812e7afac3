package dev.sampo.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// Where a core listens and how its sockets are set up.
///
/// @param addresses to bind; one listener each
/// @param port the same for all; 0 = any free one
/// @param backlog length of the kernel's queue of connections not yet accepted
/// @param keepAliveSeconds idle time before TCP keep-alive probes, 0 = none
/// @param shared several cores listen on the same port (SO_REUSEPORT)
public record Endpoint(List<InetAddress> addresses, int port, int backlog, int keepAliveSeconds, boolean shared) {

    /// An address as clients see it in CLIENT LIST: `127.0.0.1:6379`, `[::1]:6379`.
    public static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        if (address.getAddress() instanceof Inet6Address) {
            host = "[" + host.replaceFirst("(^|:)0(:0)+(:|$)", "::") + "]";
        }
        return host + ":" + address.getPort();
    }
}
