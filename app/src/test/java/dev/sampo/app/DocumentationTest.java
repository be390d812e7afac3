package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.shard.CommandReference;
import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Documents say what the code says. With `-Dsampo.docs.write=true` (`./dev docs`) the generated parts are written and not
/// compared.
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    /// A link to a file: `[text](path)` or `[text](path#part)`.
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final boolean WRITE = Boolean.getBoolean("sampo.docs.write");

    @Test
    void readme_hasTheTableOfSettings() throws IOException {
        final Path readme = ROOT.resolve("README.md");
        final String text = Files.readString(readme);
        final String start = "<!-- settings: made from SettingTable, checked by DocumentationTest -->\n";
        final int from = text.indexOf(start) + start.length();
        final int to = text.indexOf("<!-- end of settings -->");
        assertThat(text).contains(start);
        assertThat(to).isGreaterThanOrEqualTo(from);
        if (WRITE) {
            Files.writeString(readme, text.substring(0, from) + Help.markdownTable() + text.substring(to));
        } else {
            assertThat(text.substring(from, to)).isEqualTo(Help.markdownTable());
        }
        final List<String> documented = Help.markdownTable().lines().skip(2).map(row -> row.split("`")[1]).toList();
        assertThat(documented).containsExactlyElementsOf(SettingTable.all().stream().map(Setting::name).toList())
            .hasSizeGreaterThan(35);
    }

    @Test
    void commandList_isTheTable() throws IOException {
        final Path page = ROOT.resolve("docs/commands.md");
        if (WRITE) {
            Files.writeString(page, CommandReference.markdown());
        }
        assertThat(page).content().isEqualTo(CommandReference.markdown());
        assertThat(CommandReference.markdown().lines().filter(line -> line.startsWith("| `")).count()).isGreaterThan(80);
    }

    @Test
    void links_betweenDocuments_leadSomewhere() throws IOException {
        final List<Path> documents;
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            documents = Stream.concat(docs.filter(file -> file.toString().endsWith(".md")),
                Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CHANGELOG.md"))).toList();
        }
        int checked = 0;
        for (Path document : documents) {
            final var links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                assertThat(document.resolveSibling(links.group(1))).as("link in " + document).exists();
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(3);
    }
}
