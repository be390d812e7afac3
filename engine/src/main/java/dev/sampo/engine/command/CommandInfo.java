package dev.sampo.engine.command;

import dev.sampo.resp.ReplyWriter;
import java.util.List;

/// What COMMAND and COMMAND INFO tell about a row, in Redis's ten fields.
public final class CommandInfo {
    /// Facts that Redis knows of its commands as well and does not show.
    private static final long HIDDEN = CommandFlag.PROTECTED | CommandFlag.MAY_REPLICATE;

    private CommandInfo() {
    }

    /// Writes one row with its subcommands.
    public static void write(CommandSpec spec, ReplyWriter r) {
        r.array(10);
        r.bulk(spec.fullName());
        r.integer(spec.arity());
        statuses("", CommandFlag.names(spec.flags() & ~HIDDEN), r);
        r.integer(spec.keys().legacyFirst());
        r.integer(spec.keys().legacyLast());
        r.integer(spec.keys().legacyStep());
        statuses("@", Category.names(spec.categories()), r);
        r.set(spec.tips().size());
        for (String tip : spec.tips()) {
            r.bulk(tip);
        }
        List<KeySpec.Part> parts = spec.keys().parts();
        r.set(parts.size());
        for (KeySpec.Part part : parts) {
            write(part, r);
        }
        // As in Redis: a command without subcommands has an empty set of them, a container an array.
        if (spec.subcommands().isEmpty()) {
            r.set(0);
        } else {
            r.array(spec.subcommands().size());
        }
        for (CommandSpec sub : spec.subcommands()) {
            write(sub, r);
        }
    }

    private static void statuses(String prefix, List<String> names, ReplyWriter r) {
        r.set(names.size());
        for (String name : names) {
            r.simple(prefix + name);
        }
    }

    private static void write(KeySpec.Part part, ReplyWriter r) {
        r.map(part.notes() == null ? 3 : 4);
        if (part.notes() != null) {
            r.bulk("notes");
            r.bulk(part.notes());
        }
        r.bulk("flags");
        statuses("", KeyFlag.names(part.flags()), r);
        r.bulk("begin_search");
        r.map(2);
        write(part.begin(), r);
        r.bulk("find_keys");
        r.map(2);
        write(part.find(), r);
    }

    private static void write(KeySpec.Begin begin, ReplyWriter r) {
        switch (begin) {
            case KeySpec.Index index -> {
                type("index", 1, r);
                number("index", index.at(), r);
            }
            case KeySpec.Keyword keyword -> {
                type("keyword", 2, r);
                r.bulk("keyword");
                r.bulk(keyword.keyword());
                number("startfrom", keyword.from(), r);
            }
            case KeySpec.UnknownBegin _ -> type("unknown", 0, r);
        }
    }

    private static void write(KeySpec.Find find, ReplyWriter r) {
        switch (find) {
            case KeySpec.Range range -> {
                type("range", 3, r);
                number("lastkey", range.last(), r);
                number("keystep", range.step(), r);
                number("limit", range.limit(), r);
            }
            case KeySpec.KeyNum keyNum -> {
                type("keynum", 3, r);
                number("keynumidx", keyNum.countAt(), r);
                number("firstkey", keyNum.first(), r);
                number("keystep", keyNum.step(), r);
            }
            case KeySpec.UnknownFind _ -> type("unknown", 0, r);
        }
    }

    private static void type(String type, int fields, ReplyWriter r) {
        r.bulk("type");
        r.bulk(type);
        r.bulk("spec");
        r.map(fields);
    }

    private static void number(String name, int value, ReplyWriter r) {
        r.bulk(name);
        r.integer(value);
    }
}
