package dev.weir.examples.site;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import dev.weir.core.pool.WorkerPool;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;

/** A folder of HTML files, served on loopback by the JDK's server on a {@link WorkerPool}. */
public final class Site implements AutoCloseable {
    private static final String PAGE_OF_JAVADOC = "org.junit.jupiter.api/module-summary.html";

    private final HttpServer server;
    private final WorkerPool pool;

    private Site(Path folder, List<Filter> filters) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", SimpleFileServer.createFileHandler(folder.toAbsolutePath()))
                .getFilters()
                .addAll(filters);
        pool = WorkerPool.builder("site").maxWorkers(64).virtualWorkers().build();
        server.setExecutor(pool);
        server.start();
    }

    /**
     * Serves a folder.
     *
     * @param folder the folder
     * @param filters what requests go through before
     * @return the running server
     * @throws IOException if it cannot be started
     */
    public static Site of(Path folder, Filter... filters) throws IOException {
        return new Site(folder, List.of(filters));
    }

    /**
     * Serves the Javadoc of JUnit, which is in a jar on the class path, with every fault.
     *
     * @return the running server
     * @throws IOException if the jar is not there, or the server cannot be started
     */
    public static Site ofJavadoc() throws IOException {
        URL page = Site.class.getClassLoader().getResource(PAGE_OF_JAVADOC);
        if (page == null || !(page.openConnection() instanceof JarURLConnection connection)) {
            throw new FileNotFoundException("the Javadoc of JUnit is not in a jar on the class path");
        }
        try {
            // Open as long as the program runs.
            FileSystem jar =
                    FileSystems.newFileSystem(Path.of(connection.getJarFileURL().toURI()));
            return of(jar.getPath("/"), new Faults("/overview-tree.html", "/help-doc.html"));
        } catch (URISyntaxException impossible) {
            throw new IOException(impossible);
        }
    }

    /**
     * Where to begin.
     *
     * @return the address of the first page
     */
    public URI start() {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + "/");
    }

    @Override
    public void close() {
        server.stop(0);
        pool.shutdownNow();
    }
}
