package dev.sampo.shard.config;

/// Redis's glob matching on setting names, ignoring case: `*`, `?`, `[abc]`, `[^a-c]`, `\x`.
final class Glob {
    private Glob() {}

    /// Whether the text holds a character that makes it a pattern; without one CONFIG GET looks the name up.
    static boolean isPattern(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
    }

    static boolean matches(String pattern, String text) {
        return matches(pattern, 0, text, 0);
    }

    /// Names are short and have no repeated parts worth attacking, but the pattern comes from a client: a star restarts
    /// only from the last star seen, so the work is bounded by pattern length times text length.
    private static boolean matches(String pattern, int patternStart, String text, int textStart) {
        int p = patternStart;
        int t = textStart;
        int starPattern = -1;
        int starText = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                starPattern = ++p;
                starText = t;
                continue;
            }
            final int next = p < pattern.length() ? matchOne(pattern, p, text.charAt(t)) : -1;
            if (next >= 0) {
                p = next;
                t++;
            } else if (starPattern >= 0) {
                p = starPattern;
                t = ++starText;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /// The position behind the pattern's element at `p` when it matches the character, else -1.
    private static int matchOne(String pattern, int p, char character) {
        final char c = Character.toLowerCase(character);
        switch (pattern.charAt(p)) {
            case '?':
                return p + 1;
            case '[':
                return matchSet(pattern, p + 1, c);
            case '\\':
                final int literal = p + 1 < pattern.length() ? p + 1 : p;
                return Character.toLowerCase(pattern.charAt(literal)) == c ? literal + 1 : -1;
            default:
                return Character.toLowerCase(pattern.charAt(p)) == c ? p + 1 : -1;
        }
    }

    private static int matchSet(String pattern, int start, char c) {
        int p = start;
        final boolean negated = p < pattern.length() && pattern.charAt(p) == '^';
        if (negated) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length() && pattern.charAt(p) != ']') {
            if (pattern.charAt(p) == '\\' && p + 1 < pattern.length()) {
                p++;
                found |= Character.toLowerCase(pattern.charAt(p)) == c;
            } else if (p + 2 < pattern.length() && pattern.charAt(p + 1) == '-') {
                final char a = Character.toLowerCase(pattern.charAt(p));
                final char b = Character.toLowerCase(pattern.charAt(p + 2));
                found |= c >= Math.min(a, b) && c <= Math.max(a, b);
                p += 2;
            } else {
                found |= Character.toLowerCase(pattern.charAt(p)) == c;
            }
            p++;
        }
        final int behind = p < pattern.length() ? p + 1 : p;
        return found != negated ? behind : -1;
    }
}
