/**
 * Limits at the edges of a web application: of the requests that come in, and of those that it sends.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>a limit per client in Spring MVC, or any servlet</td>
 * <td>{@link dev.weir.spring.web.RateLimitFilter}</td></tr>
 * <tr><td>the same in WebFlux</td><td>{@link dev.weir.spring.web.RateLimitWebFilter}</td></tr>
 * <tr><td>a limit, retries and {@code Retry-After} for {@code RestClient} and {@code RestTemplate}</td>
 * <td>{@link dev.weir.spring.web.LimitedRequestInterceptor}</td></tr>
 * <tr><td>the same for {@code WebClient}</td><td>{@link dev.weir.spring.web.LimitedExchangeFilter}</td></tr>
 * <tr><td>a limit of a controller's method</td><td>{@link dev.weir.spring.RateLimited}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/web.svg" alt="A filter limits the requests that come in; an interceptor limits and retries
 * those that go out">
 *
 * <h2>Memory consistency</h2>
 *
 * None: a permit hands nothing over.
 *
 * <h2>In other words</h2>
 *
 * {@index "429 Too Many Requests" RateLimitFilter}, {@index "throttling" RateLimitFilter}.
 */
@NullMarked
package dev.weir.spring.web;

import org.jspecify.annotations.NullMarked;
