/** Leading digits of national numbers that tell a zone or, in the United States, a state. */
export type Area = { zones: readonly string[]; prefixes: string; region?: string };

const EASTERN = ["America/New_York"];
const CENTRAL = ["America/Chicago"];
const MOUNTAIN = ["America/Denver"];
const PACIFIC = ["America/Los_Angeles"];
const DETROIT = ["America/Detroit"];
const INDIANA = ["America/Indiana/Indianapolis"];
const CENTRAL_AND_EASTERN = [...CENTRAL, ...EASTERN];
const CENTRAL_AND_MOUNTAIN = [...CENTRAL, ...MOUNTAIN];
const BRITISH_COLUMBIA = ["America/Vancouver", "America/Edmonton"];
const MEXICO_BORDER = ["America/Matamoros"];

/**
 * Area codes by country. An area code that a zone border crosses has all of its zones. Sources: NANPA's
 * and CNAC's lists of geographic codes, 49 CFR 71 (zone borders of the United States), IFT's Plan
 * Técnico Fundamental de Numeración and Mexico's Ley de los Husos Horarios of 2022, Anatel's DDD codes,
 * the tz database. Islands of a few thousand people count only where their landlines tell them.
 */
export const AREAS: Readonly<Record<string, readonly Area[]>> = {
  US: [
    { region: "AK", zones: ["America/Anchorage", "America/Adak"], prefixes: "907" },
    { region: "AL", zones: CENTRAL, prefixes: "205 251 256 334 659 938" },
    { region: "AR", zones: CENTRAL, prefixes: "327 479 501 870" },
    { region: "AZ", zones: ["America/Phoenix"], prefixes: "480 520 602 623" },
    { region: "AZ", zones: ["America/Phoenix", ...MOUNTAIN], prefixes: "928" },
    {
      region: "CA",
      zones: PACIFIC,
      prefixes:
        "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 " +
        "714 738 747 760 805 818 820 831 840 858 909 916 925 949 951",
    },
    { region: "CO", zones: MOUNTAIN, prefixes: "303 719 720 748 970 983" },
    { region: "CT", zones: EASTERN, prefixes: "203 475 860 959" },
    { region: "DC", zones: EASTERN, prefixes: "202 771" },
    { region: "DE", zones: EASTERN, prefixes: "302" },
    {
      region: "FL",
      zones: EASTERN,
      prefixes: "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954",
    },
    { region: "FL", zones: CENTRAL_AND_EASTERN, prefixes: "448 850" },
    { region: "GA", zones: EASTERN, prefixes: "229 404 470 478 678 706 762 770 912 943" },
    { region: "HI", zones: ["Pacific/Honolulu"], prefixes: "808" },
    { region: "IA", zones: CENTRAL, prefixes: "319 515 563 641 712" },
    { region: "ID", zones: ["America/Boise", ...PACIFIC], prefixes: "208 986" },
    {
      region: "IL",
      zones: CENTRAL,
      prefixes: "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    },
    { region: "IN", zones: INDIANA, prefixes: "260 317 463 765" },
    { region: "IN", zones: [...CENTRAL, ...INDIANA], prefixes: "219 574 812 930" },
    { region: "KS", zones: CENTRAL, prefixes: "316 913" },
    { region: "KS", zones: CENTRAL_AND_MOUNTAIN, prefixes: "620 785" },
    { region: "KY", zones: EASTERN, prefixes: "502 859" },
    { region: "KY", zones: CENTRAL_AND_EASTERN, prefixes: "270 364 606" },
    { region: "LA", zones: CENTRAL, prefixes: "225 318 337 504 985" },
    { region: "MA", zones: EASTERN, prefixes: "339 351 413 508 617 774 781 857 978" },
    { region: "MD", zones: EASTERN, prefixes: "227 240 301 410 443 667" },
    { region: "ME", zones: EASTERN, prefixes: "207" },
    { region: "MI", zones: DETROIT, prefixes: "231 248 269 313 517 586 616 734 810 947 989" },
    { region: "MI", zones: [...DETROIT, ...CENTRAL], prefixes: "906" },
    { region: "MN", zones: CENTRAL, prefixes: "218 320 507 612 651 763 952" },
    { region: "MO", zones: CENTRAL, prefixes: "235 314 417 557 573 636 660 816 975" },
    { region: "MS", zones: CENTRAL, prefixes: "228 601 662 769" },
    { region: "MT", zones: MOUNTAIN, prefixes: "406" },
    { region: "NC", zones: EASTERN, prefixes: "252 336 472 704 743 828 910 919 980 984" },
    { region: "ND", zones: CENTRAL_AND_MOUNTAIN, prefixes: "701" },
    { region: "NE", zones: CENTRAL, prefixes: "402 531" },
    { region: "NE", zones: CENTRAL_AND_MOUNTAIN, prefixes: "308" },
    { region: "NH", zones: EASTERN, prefixes: "603" },
    { region: "NJ", zones: EASTERN, prefixes: "201 551 609 640 732 848 856 862 908 973" },
    { region: "NM", zones: MOUNTAIN, prefixes: "505 575" },
    { region: "NV", zones: PACIFIC, prefixes: "702 725" },
    { region: "NV", zones: [...PACIFIC, ...MOUNTAIN], prefixes: "775" },
    {
      region: "NY",
      zones: EASTERN,
      prefixes: "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934",
    },
    { region: "OH", zones: EASTERN, prefixes: "216 220 234 283 326 330 380 419 440 513 567 614 740 937" },
    { region: "OK", zones: CENTRAL, prefixes: "405 539 572 580 918" },
    { region: "OR", zones: PACIFIC, prefixes: "503 971" },
    { region: "OR", zones: [...PACIFIC, "America/Boise"], prefixes: "458 541" },
    { region: "PA", zones: EASTERN, prefixes: "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878" },
    { region: "RI", zones: EASTERN, prefixes: "401" },
    { region: "SC", zones: EASTERN, prefixes: "803 821 839 843 854 864" },
    { region: "SD", zones: CENTRAL_AND_MOUNTAIN, prefixes: "605" },
    { region: "TN", zones: EASTERN, prefixes: "865" },
    { region: "TN", zones: CENTRAL, prefixes: "615 629 731 901 931" },
    { region: "TN", zones: CENTRAL_AND_EASTERN, prefixes: "423" },
    {
      region: "TX",
      zones: CENTRAL,
      prefixes:
        "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 936 940 945 " +
        "956 972 979",
    },
    { region: "TX", zones: MOUNTAIN, prefixes: "915" },
    { region: "UT", zones: MOUNTAIN, prefixes: "385 435 801" },
    { region: "VA", zones: EASTERN, prefixes: "276 434 540 571 686 703 757 804 826 948" },
    { region: "VT", zones: EASTERN, prefixes: "802" },
    { region: "WA", zones: PACIFIC, prefixes: "206 253 360 425 509 564" },
    { region: "WI", zones: CENTRAL, prefixes: "262 274 353 414 534 608 715 920" },
    { region: "WV", zones: EASTERN, prefixes: "304 681" },
    { region: "WY", zones: MOUNTAIN, prefixes: "307" },
  ],
  CA: [
    { zones: ["America/Edmonton"], prefixes: "368 403 587 780 825" },
    { zones: ["America/Vancouver"], prefixes: "604" },
    { zones: BRITISH_COLUMBIA, prefixes: "236 250 257 672 778" },
    { zones: ["America/Winnipeg"], prefixes: "204 431 584" },
    { zones: ["America/Regina"], prefixes: "306 474 639" },
    { zones: ["America/Toronto", "America/Winnipeg"], prefixes: "807" },
    {
      zones: ["America/Toronto"],
      prefixes:
        "226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 613 647 683 705 742 753 819 " +
        "873 905 942",
    },
    { zones: ["America/Toronto", "America/Halifax"], prefixes: "273 367 418 581" },
    { zones: ["America/Halifax"], prefixes: "428 506 782 902" },
    { zones: ["America/St_Johns", "America/Halifax"], prefixes: "709 879" },
    {
      zones: ["America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Toronto"],
      prefixes: "867",
    },
  ],
  MX: [
    { zones: ["America/Mexico_City"], prefixes: "2 3 4 5 7 8 9" },
    {
      zones: ["America/Mexico_City"],
      prefixes: "614 618 621 625 627 628 629 635 636 639 648 649 652 657 659",
    },
    { zones: ["America/Mexico_City"], prefixes: "671 674 675 676 677" },
    { zones: ["America/Cancun"], prefixes: "983 984 987 998" },
    { zones: ["America/Cancun", "America/Mexico_City"], prefixes: "997" },
    {
      zones: ["America/Hermosillo"],
      prefixes: "622 623 631 632 633 634 637 638 641 642 643 644 645 647 651 653 662",
    },
    { zones: ["America/Mazatlan"], prefixes: "311 319 323 324 325 327 389 612 613 615 624" },
    { zones: ["America/Mazatlan"], prefixes: "660 667 668 669 672 673 687 694 695 696 697 698" },
    { zones: ["America/Mazatlan", "America/Mexico_City"], prefixes: "322 329" },
    { zones: ["America/Tijuana"], prefixes: "616 646 658 661 663 664 665 686" },
    { zones: ["America/Ciudad_Juarez"], prefixes: "656" },
    { zones: ["America/Ojinaga"], prefixes: "626" },
    { zones: MEXICO_BORDER, prefixes: "862 867 868 877 878 891 894 897 899" },
    { zones: [...MEXICO_BORDER, "America/Mexico_City"], prefixes: "873" },
  ],
  BR: [
    { zones: ["America/Sao_Paulo"], prefixes: "1 2 3 4 5 61 62 64" },
    { zones: ["America/Araguaina"], prefixes: "63" },
    { zones: ["America/Cuiaba"], prefixes: "65 66" },
    { zones: ["America/Campo_Grande"], prefixes: "67" },
    { zones: ["America/Rio_Branco"], prefixes: "68" },
    { zones: ["America/Porto_Velho"], prefixes: "69" },
    { zones: ["America/Bahia"], prefixes: "71 73 74 75 77" },
    { zones: ["America/Maceio"], prefixes: "79 82" },
    { zones: ["America/Recife"], prefixes: "81 87" },
    { zones: ["America/Fortaleza"], prefixes: "83 84 85 86 88 89 98 99" },
    { zones: ["America/Belem"], prefixes: "91 94 96" },
    { zones: ["America/Santarem"], prefixes: "93" },
    { zones: ["America/Manaus"], prefixes: "92" },
    { zones: ["America/Boa_Vista"], prefixes: "95" },
    { zones: ["America/Manaus", "America/Eirunepe"], prefixes: "97" },
  ],
  CL: [
    { zones: ["America/Santiago"], prefixes: "2 3 4 5 6 7" },
    { zones: ["Pacific/Easter"], prefixes: "3221" },
    { zones: ["America/Punta_Arenas"], prefixes: "61" },
    { zones: ["America/Santiago", "America/Punta_Arenas"], prefixes: "67 9" },
  ],
  EC: [
    { zones: ["America/Guayaquil"], prefixes: "2 3 4 6 7 9" },
    { zones: ["America/Guayaquil", "Pacific/Galapagos"], prefixes: "5" },
  ],
  XK: [{ zones: ["Europe/Belgrade"], prefixes: "2 3 4 8" }],
  AR: [{ zones: ["America/Argentina/Buenos_Aires"], prefixes: "1 2 3 4 5 6 7 8 9" }],
  ES: [
    { zones: ["Europe/Madrid"], prefixes: "8 9" },
    { zones: ["Atlantic/Canary"], prefixes: "822 828 922 928" },
    { zones: ["Europe/Madrid", "Atlantic/Canary"], prefixes: "6 7" },
  ],
  PT: [
    { zones: ["Europe/Lisbon"], prefixes: "2" },
    { zones: ["Atlantic/Madeira"], prefixes: "291" },
    { zones: ["Atlantic/Azores"], prefixes: "292 295 296" },
    { zones: ["Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores"], prefixes: "9" },
  ],
};
