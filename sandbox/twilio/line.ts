/**
 * One spelling of an address for numbers that networks write in two ways: Mexico's 521, Argentina's 549, Brazil's
 * ninth digit. A reply may come from the other spelling than the message went to.
 */
export function lineOf(address: string): string {
  return address
    .replace(/\+521(\d{10})$/, "+52$1")
    .replace(/\+549(\d{10})$/, "+54$1")
    .replace(/\+55(\d{2})9(\d{8})$/, "+55$1$2");
}
