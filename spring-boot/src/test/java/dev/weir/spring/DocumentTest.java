package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ByteArrayResource;

/** What docs/spring.md shows is what is compiled and run here. */
class DocumentTest {
    private static final Path ROOT = Files.exists(Path.of("docs")) ? Path.of(".") : Path.of("..");

    private static List<String> blocks(String language) throws Exception {
        String page = Files.readString(ROOT.resolve("docs/spring.md"));
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", " ").replace("static class", "class").strip();
    }

    @Test
    void its_code_is_compiled() throws Exception {
        String snippets = squeezed(
                Files.readString(ROOT.resolve("spring-boot/src/test/java/dev/weir/spring/SpringSnippets.java")));
        assertThat(blocks("java"))
                .hasSize(7)
                .allSatisfy(block -> assertThat(snippets).contains(squeezed(block)));
    }

    @Test
    void its_properties_are_bound() throws Exception {
        List<String> blocks = blocks("properties");
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            EnumerablePropertySource<?> source = (EnumerablePropertySource<?>) new PropertiesPropertySourceLoader()
                    .load("page", new ByteArrayResource(block.getBytes(StandardCharsets.UTF_8)))
                    .get(0);
            String[] properties = Arrays.stream(source.getPropertyNames())
                    .filter(name -> !name.startsWith("weir.redis") && !name.endsWith(".redis"))
                    .map(name -> name + "=" + source.getProperty(name))
                    .toArray(String[]::new);
            Contexts.plain(properties).run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(context.getBean(WeirRegistry.class).toString()).contains("[");
            });
        }
    }
}
