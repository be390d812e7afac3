package dev.sampo.app;

import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Settings from environment variables: `SAMPO_` and the name in upper case with underscores.
final class Environment {
    private static final String PREFIX = "SAMPO_";
    /// Variables with the prefix that the launcher reads.
    private static final Set<String> LAUNCHER = Set.of("SAMPO_HOME", "SAMPO_JAVA_OPTS", "SAMPO_AOT_OUTPUT");

    private Environment() {}

    static List<Directive> read(Map<String, String> variables) {
        return new TreeMap<>(variables).entrySet().stream()
            .filter(variable -> variable.getKey().startsWith(PREFIX) && !LAUNCHER.contains(variable.getKey()))
            .filter(variable -> !isServiceLink(variable.getKey(), variable.getValue()))
            .map(variable -> directive(variable.getKey(), variable.getValue()))
            .toList();
    }

    /// Kubernetes and Docker put variables of this shape into every container beside a service named `sampo`.
    private static boolean isServiceLink(String name, String value) {
        return name.startsWith("SAMPO_SERVICE_") || name.startsWith("SAMPO_PORT_")
            || name.equals("SAMPO_PORT") && value.contains("://");
    }

    private static Directive directive(String variable, String value) {
        final String where = "environment variable " + variable + "=" + value;
        for (Setting<?> setting : SettingTable.all()) {
            if (setting.environmentName().equals(variable)) {
                return new Directive(setting.name(), List.of(value), where);
            }
        }
        throw new StartFailure(where
            + ": no setting of this name; --help lists all, each as SAMPO_ and its name in upper case with _ for -");
    }
}
