/**
 * Weir in Spring Boot, of the generations 3.5 and 4.1: properties below {@code weir} become beans, which
 * {@link dev.weir.spring.WeirRegistry} finds by name.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>a part of your properties in a bean</td><td>inject it, with its name as {@code @Qualifier}</td></tr>
 * <tr><td>a part whose name is known at run time</td><td>{@link dev.weir.spring.WeirRegistry}</td></tr>
 * <tr><td>a limit of how often a method is called</td><td>{@link dev.weir.spring.RateLimited}</td></tr>
 * <tr><td>a limit of how many calls of a method run at once</td>
 * <td>{@link dev.weir.spring.ConcurrencyLimited}</td></tr>
 * <tr><td>a limit at the edge of a web application</td><td>the package {@link dev.weir.spring.web}</td></tr>
 * <tr><td>rates and sizes that change while the application runs</td>
 * <td>{@link dev.weir.spring.WeirRegistry#refresh()}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/spring.svg" alt="Properties become beans; annotated methods and the registry find them by
 * name, and a refresh changes their rates and sizes">
 *
 * <h2>Durations</h2>
 *
 * In properties, durations are written as Spring Boot has it, such as {@code 500ms}, {@code 1m} or {@code PT1M}; a
 * number alone is one of milliseconds. In the API they are {@link java.time.Duration}.
 *
 * <h2>Memory consistency</h2>
 *
 * Beans are published by Spring: what happens while the application starts happens-before what a bean is used for. The
 * parts themselves say what they do.
 *
 * <h2>In other words</h2>
 *
 * {@index "auto-configuration" WeirAutoConfiguration}, {@index "Spring Boot starter" WeirAutoConfiguration}.
 */
@NullMarked
package dev.weir.spring;

import org.jspecify.annotations.NullMarked;
