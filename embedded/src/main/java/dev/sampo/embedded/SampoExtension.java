package dev.sampo.embedded;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// A JUnit 5 extension that gives tests a [SampoServer], one for each test class and the classes nested in it:
/// constructors and methods take it as a parameter. It starts before the first test and is closed after the last one.
/// ```
/// @ExtendWith(SampoExtension.class)
/// class CacheTest {
///     @Test
///     void value_isFoundAgain(SampoServer sampo) {
///         // connect a client to sampo.uri()
///     }
/// }
/// ```
/// Every test finds it empty. Other settings, or data that outlive a test:
/// ```
/// @RegisterExtension
/// static final SampoExtension SAMPO = SampoExtension.of(SampoServer.builder().shards(2)).keepingData();
/// ```
public final class SampoExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {
    private final SampoServer.Builder builder;
    private final boolean flushing;
    /// The server of the class whose tests run.
    private SampoServer current;

    /// A server as [SampoServer#start()] makes it, emptied before each test.
    public SampoExtension() {
        this(SampoServer.builder(), true);
    }

    private SampoExtension(SampoServer.Builder builder, boolean flushing) {
        this.builder = builder;
        this.flushing = flushing;
    }

    /// Servers made by `builder`, emptied before each test.
    public static SampoExtension of(SampoServer.Builder builder) {
        return new SampoExtension(builder, true);
    }

    /// The same without FLUSHALL before each test.
    public SampoExtension keepingData() {
        return new SampoExtension(builder, false);
    }

    /// The server of the class whose tests run, for an extension that is a field.
    ///
    /// @throws IllegalStateException before the first test
    public SampoServer server() {
        if (current == null) {
            throw new IllegalStateException("no test has begun");
        }
        return current;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        server(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (flushing) {
            server(context).flushAll();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == SampoServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server(context);
    }

    /// The server of the nearest enclosing context that has one; the store closes it.
    private SampoServer server(ExtensionContext context) {
        current = context.getStore(Namespace.create(SampoExtension.class, this))
            .getOrComputeIfAbsent(SampoServer.class, _ -> builder.start(), SampoServer.class);
        return current;
    }
}
