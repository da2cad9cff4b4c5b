// Gathers the pages of the site: what lies under docs/ as it is, the project's own pages, an index of the Javadoc for
// the search, and the sources that a page names. A link that leads nowhere ends the build.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { referencePages } from './reference.mjs'

const site = dirname(fileURLToPath(import.meta.url))
const root = dirname(site)
const pages = join(site, 'target/pages')
const PROJECT = {
  'CONTRIBUTING.md': 'project/contributing.md',
  'CHANGELOG.md': 'project/changelog.md',
  'RELEASING.md': 'project/releasing.md',
  'SECURITY.md': 'project/security.md',
  'README.md': 'project/readme.md',
  'site/index.md': 'index.md',
}

/** Pages of wide tables, which get the room of their outline. */
const WIDE = new Set(['benchmarks.md', 'performance.md', 'proof.md'])

/** Where a file of the repository stands in the site; undefined if it is no page. */
function pageOf(file) {
  if (PROJECT[file]) return PROJECT[file]
  if (!/^docs\/.*\.md$/.test(file)) return undefined
  return file.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md')
}

function walk(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .sort()
}

function write(page, text) {
  mkdirSync(dirname(join(pages, page)), { recursive: true })
  writeFileSync(join(pages, page), text)
}

const LANGUAGES = { java: 'java', kt: 'kotlin', xml: 'xml', md: 'md', sh: 'bash', yml: 'yaml', patch: 'diff', mjs: 'js', json: 'json' }
const sources = new Map()
const dead = []

/** The page that shows a file or a folder of the repository. */
function sourcePage(file) {
  const page = `source/${file.replace(/\/$/, '').replace(/(^|\/)\./g, '$1dot-')}.md`
  if (sources.has(page)) return page
  sources.set(page, file)
  const full = join(root, file)
  const front = `---\nsearch: false\nsidebar: false\n---\n\n# ${posix.basename(file)}\n\n\`${file}\`\n\n`
  if (statSync(full).isDirectory()) {
    write(page, `${front}${readdirSync(full).sort().map((name) => `- \`${name}\``).join('\n')}\n`)
  } else {
    const text = readFileSync(full, 'utf8')
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map((run) => run[0].length + 1)))
    write(page, `${front}${fence}${LANGUAGES[file.split('.').pop()] ?? 'text'}\n${text.trimEnd()}\n${fence}\n`)
  }
  return page
}

/** A relative link of a file, as a link of its page. */
function rewritten(file, page, target) {
  if (/^([a-z][a-z0-9+.-]*:|#|\/)/i.test(target)) return target
  const [path, fragment] = target.split('#')
  const linked = posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(path)))
  if (!existsSync(join(root, linked))) {
    dead.push(`${file}: ${target}`)
    return target
  }
  const index = ['README.md', 'index.md'].map((name) => posix.join(linked, name)).find((name) => pageOf(name) && existsSync(join(root, name)))
  let to = pageOf(linked) ?? (index && pageOf(index))
  if (!to && linked.startsWith('docs/') && !statSync(join(root, linked)).isDirectory()) to = linked.slice('docs/'.length)
  to ??= sourcePage(linked)
  const relative = posix.relative(posix.dirname(page), to)
  return (relative.startsWith('.') ? relative : `./${relative}`) + (fragment === undefined ? '' : `#${fragment}`)
}

/** Rewrites the links outside of code. */
function withLinks(file, page, text) {
  let fence = ''
  return text
    .split('\n')
    .map((line) => {
      const mark = line.match(/^\s*(`{3,}|~{3,})/)?.[1]
      if (mark && (!fence || mark.startsWith(fence))) fence = fence ? '' : mark
      if (fence || mark) return line
      return line.replace(/(`+)[\s\S]*?\1|\]\(([^)\s]+)((?:\s+"[^"]*")?)\)|^(\[[^\]]+\]:\s+)(\S+)/g, (all, code, target, title, label, defined) => {
        if (code) return all
        return label ? label + rewritten(file, page, defined) : `](${rewritten(file, page, target)}${title})`
      })
    })
    .join('\n')
}

rmSync(pages, { recursive: true, force: true })
for (const file of [...walk('docs'), ...Object.keys(PROJECT)]) {
  if (!existsSync(join(root, file))) continue
  const page = pageOf(file)
  if (page) {
    const front = WIDE.has(page) ? '---\naside: false\n---\n\n' : ''
    write(page, front + withLinks(file, page, readFileSync(join(root, file), 'utf8')))
  } else {
    // Pictures are bundled with the pages that show them, and all else is served as it is.
    const to = join(pages, /\.(svg|png)$/.test(file) ? '' : 'public', file.slice('docs/'.length))
    mkdirSync(dirname(to), { recursive: true })
    cpSync(join(root, file), to)
  }
}
cpSync(join(site, 'public'), join(pages, 'public'), { recursive: true })
for (const [page, text] of referencePages(join(site, 'target/api'))) write(page, text)

if (dead.length > 0) {
  console.error(`Links that lead nowhere:\n  ${dead.join('\n  ')}`)
  process.exit(1)
}
