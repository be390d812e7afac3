package dev.sampo.persist.log;

import java.io.IOException;
import java.nio.file.Path;

/// A file does not hold what was written to it. Its message is one line that says which, where and what can be done.
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path file;
    private final long offset;
    private final String what;

    /// @param offset of the first byte that is not right
    public DamagedLogException(Path file, long offset, String what) {
        super(file + ", byte " + offset + ": " + what
            + "; nothing was changed: restore a copy, or see what 'sampo check " + file.toAbsolutePath().getParent() + "' can do");
        this.file = file;
        this.offset = offset;
        this.what = what;
    }

    public Path file() {
        return file;
    }

    public long offset() {
        return offset;
    }

    /// What is wrong, without the place.
    public String what() {
        return what;
    }
}
