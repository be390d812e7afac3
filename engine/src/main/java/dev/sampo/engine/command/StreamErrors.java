package dev.sampo.engine.command;

import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// The error replies of stream commands.
final class StreamErrors {
    static final byte[] INVALID_ID = Errors.error("ERR Invalid stream ID specified as stream command argument");
    static final byte[] INVALID_START = Errors.error("ERR invalid start ID for the interval");
    static final byte[] INVALID_END = Errors.error("ERR invalid end ID for the interval");

    static final byte[] ADDED_ZERO = Errors.error("ERR The ID specified in XADD must be greater than 0-0");
    static final byte[] ADDED_SMALLER =
        Errors.error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
    static final byte[] EXHAUSTED =
        Errors.error("ERR The stream has exhausted the last possible ID, unable to add more items");
    static final byte[] TOO_LARGE = Errors.error("ERR Elements are too large to be stored");

    static final byte[] ADDED_NEGATIVE = Errors.error("ERR entries_added must be positive");
    static final byte[] SET_BELOW_GIVEN_DELETED =
        Errors.error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
    static final byte[] SET_BELOW_DELETED =
        Errors.error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
    static final byte[] SET_BELOW_TOP = Errors.error("ERR The ID specified in XSETID is smaller than the target stream top item");
    static final byte[] ADDED_BELOW_LENGTH =
        Errors.error("ERR The entries_added specified in XSETID is smaller than the target stream length");

    static final byte[] UNBALANCED =
        Errors.error("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
    static final byte[] GROUP_IN_XREAD =
        Errors.error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    static final byte[] NOACK_IN_XREAD =
        Errors.error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    static final byte[] NO_GROUP_OPTION = Errors.error("ERR Missing GROUP option for XREADGROUP");
    static final byte[] DOLLAR_IN_XREADGROUP = meaningless('$');
    static final byte[] PLUS_IN_XREADGROUP = meaningless('+');
    static final byte[] NEW_IN_XREAD = Errors.error(
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.");

    static final byte[] KEY_NEEDED = Errors.error("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE "
        + "you may want to use the MKSTREAM option to create an empty stream automatically.");
    static final byte[] BUSY_GROUP = Errors.error("BUSYGROUP Consumer Group name already exists");
    static final byte[] READ_NEGATIVE = Errors.error("ERR value for ENTRIESREAD must be positive or -1");
    static final byte[] COUNT_POSITIVE = Errors.error("ERR COUNT must be > 0");

    /// Names of keys and groups are quoted as a whole.
    private static final int WHOLE = Integer.MAX_VALUE;

    private StreamErrors() {
    }

    private static byte[] meaningless(char id) {
        return Errors.error("ERR The " + id + " ID is meaningless in the context of XREADGROUP: you want to read the history of "
            + "this consumer by specifying a proper ID, or use the > ID to get new messages. The " + id
            + " ID would just return an empty result set.");
    }

    static byte[] invalid(String argument, String command) {
        return Errors.error("ERR Invalid " + argument + " argument for " + command);
    }

    /// Neither the key in argument 1 nor its group in argument `group` need to be there.
    static void noKeyOrGroup(ReplyWriter r, Args a, int key, int group, String suffix) {
        Errors.quoting(r, "NOGROUP No such key '" + Errors.quoted(a, key, WHOLE) + "' or consumer group '"
            + Errors.quoted(a, group, WHOLE) + "'" + suffix);
    }

    /// The stream in argument 2 has no group of the name in argument 3.
    static void noGroup(ReplyWriter r, Args a) {
        Errors.quoting(r, "NOGROUP No such consumer group '" + Errors.quoted(a, 3, WHOLE) + "' for key name '"
            + Errors.quoted(a, 2, WHOLE) + "'");
    }
}
