package dev.sampo.shard;

import dev.sampo.engine.command.Errors;
import dev.sampo.resp.Args;
import dev.sampo.resp.ReplyWriter;

/// What `<command> HELP` answers, and the error that points to it.
final class HelpText {
    private HelpText() {
    }

    /// @param formsAndTexts the form of a subcommand and what it does, in turn
    static String[] of(String command, String... formsAndTexts) {
        String[] lines = new String[formsAndTexts.length + 3];
        lines[0] = command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
        for (int i = 0; i < formsAndTexts.length; i++) {
            lines[i + 1] = i % 2 == 0 ? formsAndTexts[i] : "    " + formsAndTexts[i];
        }
        lines[lines.length - 2] = "HELP";
        lines[lines.length - 1] = "    Print this text.";
        return lines;
    }

    static void write(String[] lines, ReplyWriter r) {
        r.array(lines.length);
        for (String line : lines) {
            r.simple(line);
        }
    }

    /// A subcommand with arguments it does not know.
    static void writeSyntaxError(Args a, String command, ReplyWriter r) {
        Errors.quoting(r, Errors.unknownOrArity(command, a));
    }
}
