package dev.sampo.shard;

import java.util.Locale;

/// Which clients CLIENT KILL means. Immutable: every core looks through its own clients with it.
///
/// @param address remote address, or null
/// @param localAddress address that the client connected to, or null
/// @param type or null
/// @param id 0 = any
record ClientFilter(String address, String localAddress, Type type, long id) {
    static final ClientFilter ALL = new ClientFilter(null, null, null, 0);

    /// What a client is to the server. Replicas and primaries are not connected to this version of the server.
    enum Type {
        NORMAL, MASTER, REPLICA, PUBSUB;

        /// The type of this name in any case, or null.
        static Type parse(String name) {
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "normal" -> NORMAL;
                case "master" -> MASTER;
                case "replica", "slave" -> REPLICA;
                case "pubsub" -> PUBSUB;
                default -> null;
            };
        }

        static Type of(Client client) {
            return client.hasSubscriptions() ? PUBSUB : NORMAL;
        }
    }

    ClientFilter withAddress(String wanted) {
        return new ClientFilter(wanted, localAddress, type, id);
    }

    ClientFilter withLocalAddress(String wanted) {
        return new ClientFilter(address, wanted, type, id);
    }

    ClientFilter withType(Type wanted) {
        return new ClientFilter(address, localAddress, wanted, id);
    }

    ClientFilter withId(long wanted) {
        return new ClientFilter(address, localAddress, type, wanted);
    }

    boolean matches(Client client) {
        return (address == null || address.equals(client.remoteAddress))
            && (localAddress == null || localAddress.equals(client.localAddress))
            && (type == null || type == Type.of(client)) && (id == 0 || id == client.id());
    }
}
