package dev.weir.ratelimit.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script, and the name that Redis knows it by.
 *
 * @param text the script
 * @param digest the SHA-1 digest of the text, in hexadecimal digits
 */
record Script(String text, String digest) {
    static final Script GCRA = of(resource("gcra.lua"));

    static Script of(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return new Script(text, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException impossible) { // every Java platform has it
            throw new AssertionError(impossible);
        }
    }

    /** The resource without its comments, which every EVAL would carry. */
    private static String resource(String name) {
        try (InputStream stream = Script.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new AssertionError("the resource is missing: " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^ *--.*\n", "");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
