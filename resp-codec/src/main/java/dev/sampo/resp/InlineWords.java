package dev.sampo.resp;

/// Splits an inline request into words as Redis's `sdssplitargs`: blanks separate; double quotes protect and understand
/// `\xHH \n \r \t \b \a` and a backslash before any other character; single quotes protect and understand `\'` only;
/// a closing quote ends its word and must be followed by a blank or the end.
final class InlineWords {
    private InlineWords() {
    }

    /// Appends the words of the line `[from, end)`, which contains no NUL byte, to the request `out` has begun.
    ///
    /// @return false if a quote is not closed, or is followed by something else than a blank
    static boolean split(long from, long end, Args out) {
        long at = skipBlanks(from, end);
        while (at < end) {
            long wordEnd = plainWordEnd(at, end);
            if (wordEnd == end || isBlank(OffHeap.getByte(wordEnd))) {
                out.add(at, (int) (wordEnd - at));
            } else {
                wordEnd = unescapeWord(at, end, out);
                if (wordEnd < 0) {
                    return false;
                }
            }
            at = skipBlanks(wordEnd, end);
        }
        return true;
    }

    private static long skipBlanks(long from, long end) {
        long at = from;
        while (at < end && Ascii.isSpace(OffHeap.getByte(at))) {
            at++;
        }
        return at;
    }

    /// What ends a word. Redis skips the rarer blanks (vertical tab, form feed) before a word but not inside one.
    private static boolean isBlank(int c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static long plainWordEnd(long from, long end) {
        long at = from;
        while (at < end) {
            int c = OffHeap.getByte(at);
            if (isBlank(c) || c == '"' || c == '\'') {
                break;
            }
            at++;
        }
        return at;
    }

    /// Copies one word with quotes into scratch memory; returns where it ends in the line, or -1 if it is malformed.
    private static long unescapeWord(long from, long end, Args out) {
        // A word never gets longer by unescaping.
        long target = out.scratch((int) (end - from));
        long to = target;
        long at = from;
        int quote = 0;
        while (at < end) {
            int c = OffHeap.getByte(at);
            if (quote == 0) {
                if (isBlank(c)) {
                    break;
                }
                if (c == '"' || c == '\'') {
                    quote = c;
                } else {
                    OffHeap.putByte(to++, (byte) c);
                }
                at++;
            } else if (c == quote) {
                if (at + 1 < end && !Ascii.isSpace(OffHeap.getByte(at + 1))) {
                    return -1;
                }
                quote = 0;
                at++;
                break;
            } else if (c == '\\' && isEscape(at, end, quote)) {
                int length = escapeLength(at, end, quote);
                OffHeap.putByte(to++, unescape(at, length));
                at += length;
            } else {
                OffHeap.putByte(to++, (byte) c);
                at++;
            }
        }
        if (quote != 0) {
            return -1;
        }
        out.add(target, (int) (to - target));
        return at;
    }

    private static boolean isEscape(long at, long end, int quote) {
        return at + 1 < end && (quote == '"' || OffHeap.getByte(at + 1) == '\'');
    }

    private static int escapeLength(long at, long end, int quote) {
        boolean hex = quote == '"' && at + 3 < end && OffHeap.getByte(at + 1) == 'x'
            && hexDigit(OffHeap.getByte(at + 2)) >= 0 && hexDigit(OffHeap.getByte(at + 3)) >= 0;
        return hex ? 4 : 2;
    }

    private static byte unescape(long at, int length) {
        if (length == 4) {
            return (byte) (hexDigit(OffHeap.getByte(at + 2)) << 4 | hexDigit(OffHeap.getByte(at + 3)));
        }
        byte c = OffHeap.getByte(at + 1);
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static int hexDigit(int c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int upper = Ascii.toUpper(c);
        return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10 : -1;
    }
}
