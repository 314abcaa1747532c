// The administrator's page in headless Chromium, as admin.py asks for it:
// node admin.mjs NPM CHROMIUM URL [CERT KEY]. Prints one line of JSON.
import {createRequire} from 'node:module'
import {readFileSync} from 'node:fs'

const [npm, chromium, url, certPath, keyPath] = process.argv.slice(2)
const require = createRequire(npm + '/')
const playwright = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const browser = await playwright.chromium.launch({
  executablePath: chromium, args: ['--no-sandbox'],
})
const result = {errors: [], requests: []}
try {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({
      colorScheme, bypassCSP: false, ignoreHTTPSErrors: true,
      clientCertificates: certPath ?
        [{origin: new URL(url).origin, certPath, keyPath}] : [],
    })
    const page = await context.newPage()
    page.on('pageerror', error => result.errors.push(String(error)))
    page.on('console', m => m.type() === 'error' && result.errors.push(m.text()))
    page.on('request', request => result.requests.push(request.url()))
    await page.goto(url)
    await page.getByRole('heading', {name: 'Test'}).waitFor()
    await page.getByRole('rowheader').first().waitFor()
    result.address = page.url()
    // Evaluated by the driver, which the page's policy does not concern.
    await page.evaluate(axe)
    result[colorScheme] = await page.evaluate(async () =>
      (await globalThis.axe.run()).violations.map(v => v.id))
    if (colorScheme === 'dark') {
      break
    }
    result.rows = await page.locator('#rows tr').count()
    result.note = await page.locator('#rows td.free').nth(1).textContent()
    result.injected = await page.locator('#rows b').count()
    // By keyboard alone: the first button that approves, then its dialogue.
    const approve = page.getByRole('button', {name: /^Approve/}).first()
    await approve.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    result.kept = await page.locator('#rows tr').count()
    await approve.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', {name: 'Approve', exact: true}).click()
    await page.getByText('approved.').waitFor()
    await page.locator('#rows tr').nth(2).waitFor({state: 'detached'})
    await page.getByRole('button', {name: /^Deny/}).first().click()
    await page.getByLabel('Reason').fill('nobody knows you')
    await page.getByRole('button', {name: 'Deny', exact: true}).click()
    await page.getByText('denied.').waitFor()
    await page.locator('#rows tr').nth(1).waitFor({state: 'detached'})
    result.left = await page.locator('#rows tr').count()
    await page.getByLabel('all').check()
    await page.locator('#rows tr').nth(2).waitFor()
    result.all = await page.locator('#rows tr').count()
  }
} finally {
  await browser.close()
}
console.log(JSON.stringify(result))
