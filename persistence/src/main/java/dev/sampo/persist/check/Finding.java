package dev.sampo.persist.check;

import java.nio.file.Path;

/// What a check has found out about one file.
///
/// @param bytes its length, -1 = it is missing
/// @param content what it holds, in a few words
/// @param offset where the damage is
/// @param problem what is damaged, or null
/// @param repair what a repair would do about it, or null if nothing can be done
public record Finding(Path file, long bytes, String content, long offset, String problem, String repair) {
    static Finding sound(Path file, long bytes, String content) {
        return new Finding(file, bytes, content, 0, null, null);
    }

    public boolean isSound() {
        return problem == null;
    }

    /// One line for an operator.
    @Override
    public String toString() {
        String what = file + ": " + (bytes < 0 ? "" : bytes + " bytes, ") + content;
        if (isSound()) {
            return what + "; sound";
        }
        return what + "; DAMAGED at byte " + offset + ": " + problem + "; " + (repair == null ? "cannot be repaired: restore a copy" : repair);
    }
}
