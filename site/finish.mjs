// Puts the Javadoc into the site that VitePress has built, and checks what the crawler does not look at: that the
// fragment of a link is there, and that pictures are.
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'cheerio'

const target = join(dirname(fileURLToPath(import.meta.url)), 'target')
const site = join(target, 'site')
cpSync(join(target, 'api'), join(site, 'api'), { recursive: true })

const files = readdirSync(site, { recursive: true }).map((name) => name.replaceAll('\\', '/'))
const documents = new Map(
  files.filter((name) => name.endsWith('.html')).map((name) => [name, load(readFileSync(join(site, name), 'utf8'))]),
)
const anchors = new Map(
  [...documents].map(([name, page]) => [name, new Set(page('[id], a[name]').map((_, e) => e.attribs.id ?? e.attribs.name).get())]),
)
const broken = []
for (const [name, page] of documents) {
  for (const element of page('a[href*="#"], img[src]').get()) {
    const link = element.attribs.href ?? element.attribs.src
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) continue
    const [path, fragment] = link.split('#').map(decodeURIComponent)
    const to = path === '' ? name : path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(name), path)
    const file = to === '' || to.endsWith('/') ? `${to}index.html` : to
    if (!existsSync(join(site, file)) || (fragment && anchors.has(file) && !anchors.get(file).has(fragment))) {
      broken.push(`${name}: ${link}`)
    }
  }
}
if (broken.length > 0) {
  console.error(`Links to a fragment or picture that is not there:\n  ${[...new Set(broken)].join('\n  ')}`)
  process.exit(1)
}
