import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const site = dirname(dirname(fileURLToPath(import.meta.url)))
const pages = join(site, 'target/pages')

function title(page: string) {
  const text = readFileSync(join(pages, page), 'utf8')
  return (text.match(/^#\s+(.+)$/m)?.[1] ?? page).replace(/[`*]/g, '')
}

/** The pages of a folder by their names, its index first. */
function folder(name: string) {
  if (!existsSync(join(pages, name))) return []
  return readdirSync(join(pages, name))
    .filter((file) => file.endsWith('.md'))
    .sort((a, b) => Number(b === 'index.md') - Number(a === 'index.md') || a.localeCompare(b))
    .map((file) => ({ text: title(`${name}/${file}`), link: `/${name}/${file.replace(/\.md$/, '')}` }))
}

function page(name: string) {
  return existsSync(join(pages, `${name}.md`)) ? [{ text: title(`${name}.md`), link: `/${name}` }] : []
}

function group(text: string, items: { text: string; link: string; target?: string }[], collapsed = false) {
  return items.length > 0 ? [{ text, items, collapsed }] : []
}

/** The words of a text, and of its names: RetryAfter is found as such, by "retry" and by "after". */
function words(text: string) {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((word) => [word, ...word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u)])
    .filter((word, index, all) => word !== '' && all.indexOf(word) === index)
}

const javadoc = { text: 'Javadoc', link: '/api/index.html', target: '_self' }
const guide = folder('guide')
const migrating = folder('migrating')

export default defineConfig({
  title: 'Weir',
  description: 'Concurrency parts for Java: exact, fast, interruptible, tested against their races.',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: 'target/pages',
  outDir: 'target/site',
  cacheDir: 'target/cache',
  lastUpdated: false,
  // The crawler checks these, with the Javadoc in its place.
  ignoreDeadLinks: [/^\/api\//],
  head: [['link', { rel: 'icon', href: `${process.env.SITE_BASE ?? '/'}weir.svg`, type: 'image/svg+xml' }]],
  markdown: {
    // The anchors of GitHub, so that a link to a heading leads there in both places.
    anchor: {
      slugify: (heading) =>
        heading
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replace(/\s/g, '-'),
    },
    config: (md) => {
      const fence = md.renderer.rules.fence!
      md.renderer.rules.fence = (tokens, index, options, env, self) =>
        tokens[index].info.trim() === 'mermaid'
          ? `<MermaidDiagram code="${encodeURIComponent(tokens[index].content)}" />`
          : fence(tokens, index, options, env, self)
    },
  },
  themeConfig: {
    logo: '/weir.svg',
    outline: [2, 3],
    nav: [
      ...(guide.length > 0 ? [{ text: 'Guide', link: guide[0].link, activeMatch: '/guide/' }] : []),
      javadoc,
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Proof', link: '/proof' },
      ...(migrating.length > 0 ? [{ text: 'Migrating', link: migrating[0].link, activeMatch: '/migrating/' }] : []),
      { text: 'Decisions', link: '/decisions/index', activeMatch: '/decisions/' },
    ],
    sidebar: [
      ...group('Start', [
        { text: 'Which part do I need', link: '/' },
        { text: 'See it work', link: '/project/readme' },
      ]),
      ...group('Guide', guide),
      ...group('Migrating', migrating),
      ...group('Reference', [javadoc, ...page('time-limits'), ...page('context'), ...page('metrics'), ...page('micrometer'), ...page('incidents'), ...page('jfr'), ...page('kotlin'), ...page('spring'), ...folder('reference')], true),
      ...group('Evidence', [...page('benchmarks'), ...page('performance'), ...page('proof')]),
      ...group('Design', [...page('architecture')]),
      ...group('Decisions', folder('decisions'), true),
      ...group('Project', ['contributing', 'releasing', 'changelog', 'security'].flatMap((name) => page(`project/${name}`))),
    ],
    search: {
      provider: 'local',
      options: {
        _render: (src, env, md) => {
          const html = md.render(src, env)
          return env.frontmatter?.search === false ? '' : html
        },
        miniSearch: {
          options: { tokenize: words },
          searchOptions: { combineWith: 'AND', fuzzy: 0.1, prefix: true, boost: { title: 4, titles: 2, text: 1 } },
        },
      },
    },
    footer: { message: 'Apache License 2.0' },
  },
})
