package dev.sampo.shard.config;

/// A setting that cannot be taken. The message is Redis's wording of the CONFIG SET error without the leading `ERR `;
/// [#setting()] and [#reason()] hold its two parts for callers that know better where the value came from.
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String setting;
    private final String reason;

    private ConfigException(String message, String setting, String reason) {
        super(message);
        this.setting = setting;
        this.reason = reason;
    }

    static ConfigException unknown(String name) {
        return new ConfigException("Unknown option or number of arguments for CONFIG SET - '" + name + "'", name,
            "unknown setting");
    }

    static ConfigException refused(String name, String reason) {
        return new ConfigException("CONFIG SET failed (possibly related to argument '" + name + "') - " + reason, name, reason);
    }

    static ConfigException syntax() {
        return new ConfigException("syntax error", "", "syntax error");
    }

    /// The setting's name as the caller wrote it; empty when the error is about no single setting.
    public String setting() {
        return setting;
    }

    /// What is wrong with the value, e.g. `argument must be between 0 and 65535 inclusive`.
    public String reason() {
        return reason;
    }
}
