// An index of the Javadoc, one page for each package, so that the site's search finds its types, members and words.
import { readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'cheerio'

/** The list that Javadoc writes for its own search. */
function searchIndex(api, name) {
  const text = readFileSync(join(api, name), 'utf8')
  return JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1))
}

const escaped = (text) => text.replace(/[&<>{}|`*_\\[\]]/g, (c) => `&#${c.charCodeAt(0)};`)
const oneLine = (text) => escaped(text.replace(/\s+/g, ' ').trim())

/** What Javadoc says, up to its first heading, without code, tables and buttons. */
function described(block) {
  const text = load((block.html() ?? '').split('<h2')[0])
  text('pre, table, button, .snippet-container').remove()
  return oneLine(text('body').text())
}

/** Pairs of a page and its text. */
export function referencePages(api) {
  if (!existsSync(join(api, 'index.html'))) {
    throw new Error(`no Javadoc in ${api}`)
  }
  const packages = searchIndex(api, 'package-search-index.js').filter((entry) => entry.m)
  const types = searchIndex(api, 'type-search-index.js').filter((entry) => entry.p)
  const words = searchIndex(api, 'tag-search-index.js')
  const pages = packages.map(({ m, l }) => {
    const folder = `${m}/${l.replaceAll('.', '/')}`
    const summary = load(readFileSync(join(api, folder, 'package-summary.html'), 'utf8'))
    const lines = [
      '---', 'outline: 2', '---', '', `# ${l}`, '',
      described(summary('.package-description .block').first()), '',
      `[Javadoc of the package](/api/${folder}/package-summary.html){target="_self"}`, '',
    ]
    for (const type of types.filter((entry) => entry.p === l)) {
      const file = `${folder}/${type.l}.html`
      const page = load(readFileSync(join(api, file), 'utf8'))
      const block = page('.class-description .block').first()
      const members = new Set(page('.member-name-link').map((_, link) => page(link).text()).get())
      lines.push(`## ${type.l}`, '', `[Javadoc](/api/${file}){target="_self"}`, '', described(block), '')
      if (members.size > 0) lines.push([...members].map((name) => `\`${name.replaceAll('`', '')}\``).join(' · '), '')
    }
    return [`reference/${l}.md`, `${lines.join('\n')}\n`]
  })
  const index = ['---', 'outline: false', '---', '', '# Words of the Javadoc', '']
  for (const word of words.filter((entry) => entry.u).sort((a, b) => a.l.localeCompare(b.l))) {
    index.push(`## ${oneLine(word.l)}`, '', `[${oneLine(word.d || word.h)}](/api/${word.u}){target="_self"}`, '')
  }
  return [...pages, ['reference/words.md', `${index.join('\n')}\n`]]
}
